/** The shop in a real browser: `node shop.mjs URL` prints by scenario what went wrong, null where nothing did. */

import assert from "node:assert/strict";
import { ALL, COLOURS, findBarriers, LAYOUT, openBrowser, openContext, photograph, until } from "./chromium.mjs";

const url = process.argv[2];
const mark = Date.now().toString(36);
const CATEGORY = "/c/Electronics/Audio/Headphones";

const live = (page) => page.locator(".shelf.live").first();
const idsIn = (locator) =>
  locator.locator(".card[data-id]").evaluateAll((cards) => cards.map((card) => card.dataset.id));
const read = async (path) => (await fetch(url + path)).json();
const userOf = (page) => page.evaluate(() => ({ id: window.shelflife.anonymousId, user: window.shelflife.userId }));

async function openHome(context) {
  const page = await context.newPage();
  await page.goto(url);
  await live(page).locator(".card[data-id]").first().waitFor();
  return page;
}

/** Open the n-th product of the list that is shown, and come back. Returns its id. */
async function look(page, n) {
  const card = page.locator(".grid .card[data-id]").nth(n);
  const id = await card.getAttribute("data-id");
  await card.locator("a").click();
  await page.locator(".buying").waitFor();
  await page.goBack();
  await page.locator(".grid .card[data-id]").first().waitFor();
  return id;
}

/** Choose the first brand, and then prices that there are not. */
async function narrow(page) {
  const brand = page.locator(".check").first();
  const number = await brand.locator(".number").textContent();
  await brand.locator("input").check();
  await page.locator(".count", { hasText: `${number} products` }).waitFor();
  for (const [id, value] of [
    ["#min_price", "9"],
    ["#max_price", "3"],
  ]) {
    await page.locator(id).fill(value);
    await page.locator(id).press("Enter");
    await until("the choice is in the address", () => page.url().includes(`${id.slice(1)}=${value}`));
    await page.locator(".filters " + id).waitFor();
  }
  await page.getByRole("alert").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.locator(".grid .card[data-id]").first().waitFor();
}

/** Go home by the shop's own link, which loads nothing anew. */
async function goHome(page) {
  await page.locator(".brand-mark").click();
  await page.locator(".hero").waitFor();
  await live(page).locator(".card[data-id]").first().waitFor();
}

/** From the address to a product's page, by the shop's own links. */
async function browse(page) {
  await page.locator(".departments a", { hasText: "Electronics" }).click();
  await page.locator(".chips a", { hasText: "Audio" }).click();
  await page.locator(".chips a", { hasText: "Headphones" }).click();
  await until("the category is shown", () => new URL(page.url()).pathname == CATEGORY);
  await page.locator(".grid .card[data-id]").first().waitFor();
}

const scenarios = {
  async first_visit(context) {
    const page = await openHome(context);
    const before = await idsIn(live(page));
    await page.evaluate(() => (window.hasStayed = true));
    const watching = await openHome(context);
    await live(watching).locator(".card a").nth(2).focus();
    await browse(page);
    for (const n of [0, 1, 2]) await look(page, n);
    await narrow(page);
    await goHome(page);
    const after = await until("the shelf has changed", async () => {
      const ids = await idsIn(live(page));
      return ids.length && String(ids) != String(before) && ids;
    });
    assert.ok(await page.evaluate(() => window.hasStayed), "the page was loaded anew");
    assert.equal(new Set(after).size, after.length, "a product stands twice on a shelf");
    assert.ok((await live(page).locator(".reason").allTextContents()).some((reason) => reason.includes("Because you")));
    await page.locator(".interests li", { hasText: "Headphones" }).waitFor();
    await until(
      "the shelf of the tab that was left alone has changed",
      async () => String(await idsIn(live(watching))) != String(before),
    );
    assert.ok(await live(watching).evaluate((shelf) => shelf.contains(document.activeElement)), "the focus is lost");
  },

  async buying(context) {
    const page = await openHome(context);
    await browse(page);
    const id = await page.locator(".grid .card[data-id]").first().getAttribute("data-id");
    await page.locator(".grid .card a").first().click();
    await page.getByRole("button", { name: "Add to cart" }).click();
    await page.locator(".tools a[href='/cart']").click();
    await page.locator(".line").waitFor();
    await page.getByRole("link", { name: "Go to checkout" }).click();
    for (const [name, value] of [
      ["Name", "A"],
      ["Street and number", "B 1"],
      ["Postcode", "1"],
      ["City", "C"],
    ])
      await page.getByLabel(name, { exact: true }).fill(value);
    await page.getByRole("button", { name: "Buy now" }).click();
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    await goHome(page);
    const { id: visitor } = await userOf(page);
    await until("the purchase has arrived", async () =>
      (await read(`/v1/anonymous/${visitor}`)).purchases?.some((met) => met.product_id == id),
    );
    await page.reload(); // a page that knows of the purchase by the service alone
    await live(page).locator(".card[data-id]").first().waitFor();
    await page.locator(".interests li").first().waitFor();
    await until("the product has left the shelves", async () => !(await idsIn(page.locator(".shelf"))).includes(id));
  },

  async sign_in(context, another) {
    const user = `ann-${mark}`;
    const seen = [];
    for (const [where, path] of [
      [context, CATEGORY],
      [await another(), "/c/Kitchen/Tableware/Mugs"],
    ]) {
      const page = await openHome(where);
      await page.goto(url + path);
      seen.push(await look(page, 0));
      await page.locator(".grid .heart").nth(1).click();
      await page.locator(".tools a[href='/sign-in']").click();
      await page.getByLabel("Your name or e-mail").fill(user);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.locator(".hero").waitFor();
      assert.equal((await userOf(page)).user, user);
      if (seen.length < 2) continue;
      const recent = page.locator(".shelf", { hasText: "Recently viewed" });
      await until(
        "what was seen on both is there",
        async () => seen.every((id, _, all) => all.length == 2) && (await idsIn(recent)).length >= 2,
      );
      assert.deepEqual(new Set(await idsIn(recent)), new Set(seen));
      await page.locator(".tools a[href='/wishlist']").click();
      await until("the wishes of both are there", async () => (await idsIn(page.locator(".grid"))).length == 2);
    }
    const profile = await read(`/v1/users/${user}`);
    assert.deepEqual(profile.interests.category.map(({ name }) => name).sort(), [
      "Electronics > Audio > Headphones",
      "Kitchen > Tableware > Mugs",
    ]);
  },

  async lost_network(context) {
    const page = await openHome(context);
    const { id: visitor } = await userOf(page);
    const views = async () => (await read(`/v1/anonymous/${visitor}`)).counts?.view ?? 0;
    const view = (from, to) =>
      page.evaluate(([n, end]) => { while (n < end) window.shelflife.view(`lost-${n++}`); }, [from, to]);
    // The first answer is lost on its way back: the service has the events, and the browser does not know.
    let lost = 0;
    await page.route("**/track-event", async (route) => {
      if (lost++) return route.continue();
      await route.fetch();
      await route.abort();
    });
    await view(0, 12);
    await until("an answer was lost", () => lost > 0);
    await context.setOffline(true);
    await view(12, 30);
    await page.evaluate(() => Promise.race([window.shelflife.flush(), new Promise((done) => setTimeout(done, 500))]));
    assert.ok((await views()) < 30, "events were sent without a network");
    await context.setOffline(false);
    await until("all events have come", async () => (await views()) >= 30);
    await page.evaluate(() => window.shelflife.flush());
    assert.equal(await views(), 30, "an event counted twice");
  },

  async closed_tab(context) {
    const page = await openHome(context);
    const { id: visitor } = await userOf(page);
    await browse(page);
    await page.locator(".grid .card a").first().click();
    await page.locator(".buying").waitFor();
    const seen = new URL(page.url()).pathname.split("/").at(-1);
    for (let n = 0; n < 6; n++) {
      await page.mouse.move(300 + 20 * n, 300);
      await page.waitForTimeout(250);
    }
    await page.close({ runBeforeUnload: true });
    const profile = await until("the dwell has arrived", async () => {
      const found = await read(`/v1/anonymous/${visitor}`);
      return found.counts?.dwell && found;
    });
    assert.ok(profile.recent.some((met) => met.product_id == seen));
  },

  async privacy(_, another) {
    const context = await another({ hasGpc: true });
    const told = [];
    context.on(
      "request",
      (request) => /track-event|\/v1\/(users|anonymous|stream)/.test(request.url()) && told.push(request.url()),
    );
    const page = await openHome(context);
    await browse(page);
    await look(page, 0);
    await page.locator(".grid .card a").first().click();
    await page.getByRole("button", { name: "Add to cart" }).click();
    await page.locator(".badge", { hasText: "1" }).waitFor();
    await goHome(page);
    await until("what is popular is shown", async () => {
      const popular = (await read("/v1/popular?limit=10")).recommendations.map((one) => one.product_id);
      if (String(await idsIn(live(page))) == String(popular)) return true;
      await page.locator(".departments a").first().click(); // others move what is popular meanwhile
      await goHome(page);
    });
    const stored = await page.evaluate(async () => [
      document.cookie,
      localStorage.length,
      sessionStorage.length,
      (await indexedDB.databases()).length,
    ]);
    assert.deepEqual(stored, ["", 0, 0, 0]);
    assert.deepEqual([await context.cookies(), told], [[], []]);
  },

  light: (_, another) => lookAtAll(another, "light", {}, ALL),
  dark: (_, another) => lookAtAll(another, "dark", { isDark: true }, COLOURS),
  narrow: (_, another) => lookAtAll(another, "narrow", { isNarrow: true }, LAYOUT),
};

/** Go there as a link on the page would: the shop's own addresses load nothing anew. */
const follow = (page, path) =>
  page.evaluate((href) => {
    const link = document.body.appendChild(Object.assign(document.createElement("a"), { href }));
    link.click();
    link.remove();
  }, path);

/** Every page in one light and width: no barrier, nothing too wide, and a picture of it. */
async function lookAtAll(another, look_, options, rules) {
  const barriers = [];
  const page = await openHome(await another(options));
  await page.goto(url + CATEGORY);
  await page.locator(".grid .card a").first().waitFor();
  await page.locator(".grid .card a").first().click();
  await page.getByRole("button", { name: "Add to cart" }).click();
  const product = new URL(page.url()).pathname;
  const check = async (name) => {
    barriers.push(...(await findBarriers(page, rules)));
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is too wide`);
    await photograph(page, `${look_}-${name}`);
  };
  for (const [name, path, awaited] of PAGES) {
    await (name == "docs" ? page.goto(url + path) : follow(page, path || product));
    await page.locator(awaited).first().waitFor();
    await until("nothing is awaited any more", async () => !(await page.locator("[aria-busy], .ghost").count()));
    await check(name);
    const words = { search: "mug", "sign-in": "" }[name];
    if (words != null) assert.equal(await page.locator(".find input").inputValue(), words);
    if (!options.isNarrow || name != "product") continue;
    await page.locator(".panel-toggle").click(); // covers the page here
    await check("panel");
    await page.keyboard.press("Escape");
    await page.locator(".panel").waitFor({ state: "hidden" });
  }
  assert.deepEqual(barriers, []);
}

const PAGES = [
  ["product", "", ".buying"],
  ["home", "/", ".shelf.live .card[data-id]"],
  ["category", CATEGORY, ".grid .card[data-id]"],
  ["cart", "/cart", ".line"],
  ["checkout", "/checkout", ".checkout-form"],
  ["wishlist", "/wishlist", "h1"],
  ["search", "/search?q=mug", ".grid .card[data-id]"],
  ["sign-in", "/sign-in", ".sign-form"],
  ["missing", "/p/no-such-product", "h1"],
  ["docs", "/docs/", ".opblock"],
];

const browser = await openBrowser();
const results = {};
async function play([name, run]) {
  const errors = [],
    opened = [];
  const another = async (options) => {
    opened.push(await openContext(browser, errors, options));
    return opened.at(-1);
  };
  const started = Date.now();
  try {
    await run(await another(), another);
    assert.deepEqual(errors, []);
    results[name] = null;
  } catch (error) {
    results[name] = `${error.message}\n${error.stack}`;
    for (const page of opened.flatMap((context) => context.pages())) await photograph(page, `failed-${name}`);
  }
  await Promise.all(opened.map((context) => context.close()));
  process.stderr.write(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}
await Promise.all(Object.entries(scenarios).map(play));
await browser.close();
console.log(JSON.stringify(results));
