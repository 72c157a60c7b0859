// The operator's page in a real browser: node admin_page.mjs http://host:port [folder for screenshots]
// Prints one JSON object: what went wrong, by page; empty lists when nothing did.
import { ALL, COLOURS, findBarriers, LAYOUT, openBrowser } from "./chromium.mjs";

const [base, folder] = process.argv.slice(2);
const LOOKS = [
  ["light", 1280, ALL],
  ["dark", 1280, COLOURS],
  ["light", 390, LAYOUT],
  ["dark", 390, COLOURS],
];
const VISITOR = "admin-page-ann";

/** A visitor looks at a product: without traffic there is nothing to draw. */
function view(product) {
  const event = { user_id: VISITOR, event_type: "view", product_id: product };
  return Promise.all([
    fetch(`${base}/track-event`, { method: "POST", body: JSON.stringify(event) }),
    fetch(`${base}/recommend?user_id=${VISITOR}`),
  ]);
}

async function open(browser, colorScheme, width) {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 844 } });
  const wrong = { outside: [], errors: [] };
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith("data:")) wrong.outside.push(request.url());
  });
  page.on("console", (message) => message.type() === "error" && wrong.errors.push(message.text()));
  page.on("pageerror", (error) => wrong.errors.push(error.message));
  await page.goto(`${base}/admin#user=${VISITOR}`);
  await page.waitForSelector("#list > li", { timeout: 30_000 });
  await page.waitForSelector(`#tail tr >> text=${VISITOR}`, { timeout: 30_000 });
  await page.waitForSelector("#chart-requests canvas", { timeout: 30_000 });
  await page.waitForFunction(() => document.getElementById("state").textContent === "Live", null, { timeout: 30_000 });
  return { page, wrong };
}

/** By keyboard alone: pausing the events, choosing a visitor, opening a chart's table. */
async function useKeyboard(page) {
  const wrong = [];
  const expect = (name, right) => right || wrong.push(name);
  await page.keyboard.press("Tab");
  await page.focus("#tail-pause");
  await page.keyboard.press("Enter");
  expect("pause is told", (await page.getAttribute("#tail-pause", "aria-pressed")) === "true");
  const before = await page.locator("#tail tr").count();
  await view("admin-page-2");
  await page.waitForTimeout(1500);
  expect("nothing comes while paused", (await page.locator("#tail tr").count()) === before);
  await page.keyboard.press("Enter");
  await page.waitForFunction((count) => document.querySelectorAll("#tail tr").length > count, before, { timeout: 10_000 });
  await page.focus("#tail tr button");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "inspector-heading", null, { timeout: 10_000 });
  await page.focus("#chart-requests summary");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#chart-requests tbody tr", { timeout: 10_000 });
  expect("a filter hides", await page.fill("#tail-filter", "no such thing").then(() => page.locator("#tail tr:visible").count()) === 0);
  return wrong;
}

const browser = await openBrowser();
const traffic = setInterval(() => view("admin-page-1"), 300);

async function look([colours, width, rules]) {
  const { page, wrong } = await open(browser, colours, width);
  wrong.wide = await page.evaluate(() => (document.documentElement.scrollWidth > innerWidth ? ["wider than the window"] : []));
  wrong.axe = await findBarriers(page, rules);
  await page.waitForFunction(() => !document.body.innerText.includes("No data yet"), null, { timeout: 30_000 });
  if (folder) {
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: `${folder}/admin-${colours}-${width}.png`, fullPage: true });
  }
  wrong.keyboard = rules === ALL ? await useKeyboard(page) : [];
  await page.close();
  return [`${colours}-${width}`, wrong];
}

try {
  console.log(JSON.stringify(Object.fromEntries(await Promise.all(LOOKS.map(look)))));
} finally {
  clearInterval(traffic);
  await browser.close();
}
