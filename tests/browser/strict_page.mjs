/** A shop's page of another origin, under the strictest policy with nothing but the directives that docs/sdk.md and
 * docs/widget.md name: `node strict_page.mjs SERVICE PORT` prints what the page did, and what went wrong. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { findBarriers, openBrowser, openContext, photograph, until } from "./chromium.mjs";

const [service, port] = process.argv.slice(2);
const shop = `http://127.0.0.1:${port}`;
const VERSION = JSON.parse(readFileSync(new URL("../../app/static/sdk/version.json", import.meta.url))).version;
const NONCE = "b25lIHRpbWU";
const POLICY = [
  "default-src 'none'",
  `script-src ${service} 'nonce-${NONCE}'`,
  `connect-src ${service}`,
  `img-src ${service}`,
  "require-trusted-types-for 'script'",
].join("; ");

const digests = await (await fetch(`${service}/sdk/${VERSION}/integrity.json`)).json();
const PAGE = `<!doctype html><html lang="en"><title>Lamp 1</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<script type="application/ld+json">{"@type": "Product", "sku": "lamp-1"}</script>
<script nonce="${NONCE}">
window.shelflife = window.shelflife || function () { (shelflife.q = shelflife.q || []).push(arguments) };
const seen = { blocked: [], events: [], refused: [] };
document.addEventListener("securitypolicyviolation", (event) => seen.blocked.push(event.effectiveDirective));
document.addEventListener("shelflife:select", (event) => event.preventDefault());
shelflife("on", "sent", ({ events }) => seen.events.push(...events));
shelflife("on", "error", (error) => seen.refused.push(error.message));
</script>
<script async src="${service}/sdk/${VERSION}/shelflife.min.js" crossorigin="anonymous"
  integrity="${digests["shelflife.min.js"]}" data-auto="views,clicks,impressions,dwell,scroll,hover,spa"></script>
<script>window.isForbidden = true; // has no nonce: without this violation, others would not be seen either</script>
<main><h1>Lamp 1</h1>
<shelflife-recommendations placement="home" limit="4" currency="EUR" live><a href="/all">All we have</a></shelflife-recommendations>
<shelflife-recommendations placement="product" product-id="lamp-1" limit="4" heading="Similar"></shelflife-recommendations>
</main>`;

const server = createServer(({ url }, answer) => {
  if (url != "/") return answer.writeHead(204).end();
  answer.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY }).end(PAGE);
}).listen(+port, "127.0.0.1");

/** Ids that the first widget, or another one, shows. */
const shown = (page, nth = 0) =>
  page.locator("shelflife-recommendations").nth(nth).locator("[part=item]:not([aria-hidden])")
    .evaluateAll((items) => items.map((item) => item.dataset.shelflifeProductId));

const mugs = (ids) => ids.filter((id) => id.startsWith("mug")).length;

async function openPage(browser, errors, options) {
  const page = await (await openContext(browser, errors, options)).newPage();
  await page.goto(shop);
  for (const nth of [0, 1]) await until("the widget shows products", async () => (await shown(page, nth)).length == 4);
  return page;
}

/** What a visitor does here, and what the same visitor does elsewhere: the service pushes the list that follows. */
async function visit(page) {
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const visitor = await page.evaluate(() => window.shelflife.anonymousId);
  await page.locator("[part=link]").first().click();
  await until("impressions were sent", () =>
    page.evaluate(() => window.shelflife.flush().then(() => seen.events.some((one) => one.event_type == "impression"))),
  );
  const before = await shown(page);
  asked.length = 0;
  const events = [1, 2, 3].map((n) => ({ event_type: "add_to_cart", product_id: `mug-${n}`, anonymous_id: visitor }));
  await fetch(`${service}/track-event`, { method: "POST", body: JSON.stringify({ events }) });
  await until("the list was pushed", async () => mugs(await shown(page)) > mugs(before));
  const link = page.locator("shelflife-recommendations").first().locator("[part=link]").first();
  const [text, heard] = [await link.innerText(), await link.ariaSnapshot()];
  const pictures = await page.locator("img").evaluateAll((images) => images.filter((one) => one.naturalWidth).length);
  return { visitor, before, after: await shown(page), asked, text, heard, pictures, ...(await page.evaluate(() => seen)) };
}

const errors = [];
const browser = await openBrowser();
try {
  const page = await openPage(browser, errors);
  const found = await visit(page);
  found.isForbidden = await page.evaluate(() => "isForbidden" in window);
  found.barriers = [];
  for (const [look, options] of [["light"], ["dark", { isDark: true }], ["narrow", { isNarrow: true }]]) {
    const one = options ? await openPage(browser, errors, options) : page;
    found.barriers.push(...(await findBarriers(one)));
    await photograph(one, `${look}-widget`);
  }
  // The one script that the policy forbids is told on the console, too.
  found.errors = errors.filter((text) => !text.includes("violates the following Content Security Policy directive"));
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
  server.close();
}
