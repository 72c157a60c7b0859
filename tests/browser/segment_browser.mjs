// Shops in Chromium with Segment's analytics.js: node segment_browser.mjs <service> <run> <port of the page>
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";

const [service, run, port] = process.argv.slice(2);
const main = createRequire(import.meta.url).resolve("@segment/analytics-next");
const library = join(dirname(main), "..", "umd", "index.js");

/** The shop's page, of another origin than the service. */
const shop = createServer(async (request, response) => {
  const isLibrary = request.url === "/analytics.js";
  response.setHeader("Content-Type", isLibrary ? "text/javascript" : "text/html");
  response.end(isLibrary ? await readFile(library) : "<title>Shop</title><script src=/analytics.js></script>");
});

/** What the shop's own script does; runs in the page, and ends when every call was delivered. */
async function visit({ apiHost, run, batching }) {
  const deliveryStrategy = batching ? { strategy: "batching", config: { size: 3, timeout: 50 } } : undefined;
  const segment = { apiKey: "write-key", apiHost, protocol: "http", addBundledMetadata: true, deliveryStrategy };
  const metrics = { sampleRate: 1, flushTimer: 10 };
  const [analytics] = await AnalyticsNext.AnalyticsBrowser.load(
    { writeKey: "write-key", cdnSettings: { integrations: { "Segment.io": segment }, metrics } },
    { integrations: { "Segment.io": segment } },
  );
  const lamp = { product_id: "lamp", name: "Lamp", category: "Lamps", price: 40 };
  const calls = batching
    ? [
        () => analytics.track("Product Viewed", lamp),
        () => analytics.track("Cart Viewed", { cart_id: "c1", products: [lamp] }),
        () => analytics.track("Product Removed", lamp),
      ]
    : [
        () => analytics.page("Shop", "Home"),
        () => analytics.track("Product Viewed", { ...lamp, sku: "L-1", position: 1 }),
        () => analytics.track("Product Clicked", { ...lamp, position: 2 }),
        () => analytics.identify(`${run}-bob`, { plan: "silver", address: { city: "Ghent" } }),
        () => analytics.track("Product Added", { ...lamp, quantity: 1 }),
        () => analytics.group("family", { plan: "group-plan" }),
        () => analytics.screen("Cart"),
        () => analytics.alias(`${run}-bob`, `${run}-tablet`),
        () => analytics.track("Order Completed", { order_id: `${run}-o2`, total: 40, products: [lamp] }),
      ];
  const failures = [];
  analytics.on("error", (error) => failures.push(String(error.reason ?? error.code)));
  for (const call of calls) await call();
  return { anonymousId: analytics.user().anonymousId(), failures };
}

await new Promise((listening) => shop.listen(Number(port), "127.0.0.1", listening));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(20_000);
  const answers = [];
  page.on("response", (answer) => {
    if (answer.url().startsWith(service) && answer.request().method() === "POST")
      answers.push([new URL(answer.url()).pathname, answer.status()]);
  });
  const apiHost = `${new URL(service).host}/v1`;
  await page.clock.setSystemTime(Date.now() - 3 * 3_600_000); // a clock that is three hours slow
  await page.goto(`http://127.0.0.1:${port}/`);
  const metrics = page.waitForResponse((answer) => answer.url().endsWith("/v1/m"));
  const single = await page.evaluate(visit, { apiHost, run, batching: false });
  await metrics;
  await page.reload(); // the library keeps the anonymous id and the user
  const batch = page.waitForResponse((answer) => answer.url().endsWith("/v1/b"));
  const batched = await page.evaluate(visit, { apiHost, run, batching: true });
  await batch;
  console.log(JSON.stringify({ single, batched, answers }));
} finally {
  await browser.close();
  shop.close();
}
