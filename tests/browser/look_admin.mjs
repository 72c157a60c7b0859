import { chromium } from "playwright-core";
const base = process.argv[2], out = process.argv[3];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const runs = [["light", 1280], ["dark", 1280], ["light", 390], ["dark", 390]];
const pages = await Promise.all(runs.map(async ([scheme, width]) => {
  const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 900 } });
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && console.log(scheme, width, m.type(), m.text()));
  page.on("pageerror", (e) => console.log(scheme, width, "pageerror", e.message));
  await page.goto(`${base}/admin#user=shopper-1`);
  return page;
}));
await new Promise((r) => setTimeout(r, Number(process.argv[4] ?? 25) * 1000));
for (const [i, page] of pages.entries()) {
  const [scheme, width] = runs[i];
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  console.log(scheme, width, "overflow", over);
  await page.screenshot({ path: `${out}/${scheme}-${width}.png`, fullPage: true });
}
await browser.close();
