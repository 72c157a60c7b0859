import assert from "node:assert/strict";
import { test } from "node:test";
import { createFullClient } from "../src/everything";
import { openBrowser, type Browser, type Setup } from "./browser";

type Listed = [type: string, props: Record<string, unknown>][];

/** A page that watches for `auto`, and the events that come of it. */
function watch(auto: string | string[], html = "", setup: Setup = {}) {
  const browser = openBrowser({ html, ...setup });
  return { ...listen(browser, auto), browser };
}

function listen(browser: Browser, auto: string | string[]) {
  const events: Listed = [];
  const ids = new Map<unknown, string>();
  const log = (event: Record<string, unknown>) => {
    const { event_type, event_id, timestamp: _, anonymous_id: __, session_id: ___, ...props } = event;
    const entry: Listed[0] = [event_type as string, JSON.parse(JSON.stringify(props))];
    events.push(entry);
    ids.set(entry, event_id as string);
    // What an event brings about is told before the event itself, to those who listen later: ids begin with the time.
    events.sort((one, other) => (ids.get(one)! < ids.get(other)! ? -1 : 1));
  };
  // The first events happen while the client is made, so they are read off the storage.
  const client = createFullClient({ auto });
  for (const key of Object.keys(browser.storage).filter((name) => name.startsWith("shelflife.e")).sort()) {
    log(JSON.parse(browser.storage.getItem(key)!));
  }
  client.on("event", log);
  return { client, events };
}

/** Make an event happen on the element with this id, as a browser does. */
function happen(browser: Browser, type: string, id: string, more: object = {}) {
  const { Event } = browser.document.defaultView as unknown as typeof globalThis;
  const event = new Event(type, { bubbles: true });
  for (const [name, value] of Object.entries(more)) Object.defineProperty(event, name, { value });
  browser.document.getElementById(id)!.dispatchEvent(event);
}

const SHELF = `
  <section data-shelflife-recommendation-id="rec_1" data-shelflife-placement="home">
    <article id="card" data-shelflife-product-id="p1" data-shelflife-position="1"><a id="link">A lamp</a>
      <button id="cart" data-shelflife-event="add_to_cart" data-shelflife-quantity="2">Add</button></article>
    <article id="second" data-shelflife-product-id="p2" data-shelflife-position="2"></article>
  </section>
  <article id="loose" data-shelflife-product-id="p3"></article>
  <form id="form" data-shelflife-event="form_submit" data-shelflife-form="news"><input id="input"></form>`;
const P1 = { product_id: "p1", recommendation_id: "rec_1", placement: "home", position: "1" };

test("without being asked only elements that name an event report, a form when it is sent", () => {
  const { browser, events } = watch("", SHELF);
  for (const id of ["link", "cart", "loose", "input"]) happen(browser, "click", id);
  happen(browser, "submit", "form");
  assert.deepEqual(events, [
    ["add_to_cart", { ...P1, quantity: "2" }],
    ["form_submit", { form: "news" }],
  ]);
});

test("clicks on products say what the elements around them say, and not twice what a button says", () => {
  const { browser, events } = watch("clicks", SHELF);
  for (const id of ["link", "cart", "loose"]) happen(browser, "click", id);
  assert.deepEqual(events, [
    ["click", P1],
    ["add_to_cart", { ...P1, quantity: "2" }],
    ["click", { product_id: "p3" }],
  ]);
});

/** Tells the client what is in view. */
function observe() {
  const observer = { elements: new Set<Element>(), tell: (_: string[], __: boolean) => {}, options: {} };
  Object.assign(globalThis, {
    IntersectionObserver: class {
      constructor(callback: (entries: object[]) => void, options: object) {
        observer.options = options;
        observer.tell = (ids, isIntersecting) =>
          callback(ids.map((id) => ({ target: document.getElementById(id), isIntersecting })));
      }

      observe(element: Element) {
        observer.elements.add(element);
      }
    },
  });
  return observer;
}

test("an impression is half of a recommended product in view for a second, once", async () => {
  const browser = openBrowser({ html: SHELF });
  const observer = observe();
  const { events } = listen(browser, "impressions");
  assert.deepEqual(observer.options, { threshold: 0.5 });
  assert.equal(observer.elements.size, 3);
  observer.tell(["card", "second", "loose"], true);
  await browser.clock.pass(999);
  observer.tell(["second"], false);
  assert.deepEqual(events, []);
  await browser.clock.pass(1);
  assert.deepEqual(events, [["impression", P1]]);
  observer.tell(["card"], false);
  observer.tell(["card"], true);
  await browser.clock.pass(5e3);
  assert.equal(events.length, 1);

  document.querySelector("section")!.setAttribute("data-shelflife-recommendation-id", "rec_2");
  observer.tell(["card"], true);
  await browser.clock.pass(1e3);
  assert.deepEqual(events[1], ["impression", { ...P1, recommendation_id: "rec_2" }]);
});

test("time in a hidden tab is no time in view", async () => {
  const browser = openBrowser({ html: SHELF });
  const observer = observe();
  const { events } = listen(browser, "impressions");
  observer.tell(["card"], true);
  await browser.clock.pass(500);
  await browser.show(false);
  await browser.clock.pass(5e3);
  await browser.show(true);
  await browser.clock.pass(999);
  assert.deepEqual(events, []);
  await browser.clock.pass(1);
  assert.equal(events.length, 1);
});

test("products that come later are observed, too", async () => {
  const browser = openBrowser();
  const observer = observe();
  let changed = () => {};
  Object.assign(globalThis, {
    MutationObserver: class {
      constructor(callback: () => void) {
        changed = callback;
      }
      observe() {}
    },
  });
  listen(browser, "impressions");
  document.body.innerHTML = SHELF;
  changed();
  changed();
  await browser.clock.pass(200);
  assert.equal(observer.elements.size, 3);
});

test("dwell is the time of activity, at most 15 seconds at a time, told when the page is left", async () => {
  const { browser, client, events } = watch("dwell");
  client.view("p1");
  await browser.clock.pass(4e3);
  await browser.fire("pointermove");
  await browser.clock.pass(60e3);
  await browser.fire("keydown");
  await browser.clock.pass(2e3);
  await browser.show(false);
  assert.deepEqual(events[1], ["dwell", { product_id: "p1", duration_ms: 21e3 }]);
  assert.deepEqual(browser.beacons.flatMap(({ body }) => body.events.map((event) => event.event_type)), ["dwell"]);

  await browser.clock.pass(60e3);
  await browser.show(true);
  await browser.clock.pass(3e3);
  await browser.fire("pagehide");
  assert.deepEqual(events[2], ["dwell", { product_id: "p1", duration_ms: 3e3 }]);
  assert.equal(events.length, 3);
});

test("a glance is no dwell, and the next product ends that of the one before", async () => {
  const { browser, client, events } = watch(["dwell"]);
  client.view("p1");
  await browser.clock.pass(999);
  client.view("p2");
  await browser.clock.pass(2e3);
  client.view("p3");
  assert.deepEqual(
    events.map(([type, { product_id }]) => `${type} ${product_id}`),
    ["view p1", "view p2", "view p3", "dwell p2"],
  );
});

test("scroll is the part of the page that was seen, and what was added when it is told again", async () => {
  const { browser, client, events } = watch("scroll");
  Object.assign(globalThis, { innerHeight: 500, scrollY: 0 });
  Object.defineProperty(document.documentElement, "scrollHeight", { value: 2000 });
  client.view("p1");
  const scroll = async (to: number) => {
    Object.assign(globalThis, { scrollY: to });
    await browser.fire("scroll");
  };
  await scroll(500);
  await scroll(0);
  await browser.fire("pagehide");
  await scroll(520);
  await browser.fire("pagehide");
  await scroll(1500);
  await browser.fire("pagehide");
  assert.deepEqual(events.slice(1), [
    ["scroll", { product_id: "p1", portion: 0.5 }],
    ["scroll", { product_id: "p1", portion: 0.5 }],
  ]);
});

test("hover is a pointer that rests on a product, once for each", () => {
  const { browser, events } = watch("hover", SHELF);
  const over = (id: string, timeStamp: number) => happen(browser, "pointerover", id, { timeStamp });
  over("link", 1000);
  over("cart", 1300);
  over("second", 1700);
  over("loose", 2000);
  over("link", 9000);
  over("form", 9900);
  assert.deepEqual(events, [
    ["hover", { ...P1, duration_ms: 700 }],
    ["hover", { product_id: "p3", duration_ms: 7000 }],
  ]);
});

const jsonLd = (data: unknown) => `<script type="application/ld+json">${JSON.stringify(data)}</script>`;
const PRODUCT = { "@type": "Product", sku: "p1", offers: { price: "9.90" } };

for (const [name, html, props] of [
  ["JSON-LD", jsonLd(PRODUCT), { product_id: "p1", price: "9.90" }],
  ["a list", jsonLd([{ "@type": "BreadcrumbList" }, PRODUCT]), { product_id: "p1", price: "9.90" }],
  ["a graph", jsonLd({ "@graph": [{ "@type": "WebPage" }, PRODUCT] }), { product_id: "p1", price: "9.90" }],
  ["what the page is about", jsonLd({ "@type": "ItemPage", mainEntity: PRODUCT }), { product_id: "p1", price: "9.90" }],
  ["several types and offers", jsonLd({ "@type": ["Product", "Book"], productID: "b1", offers: [{ price: 5 }] }), { product_id: "b1", price: 5 }],
  ["no offers", jsonLd({ "@type": "Product", sku: "p1" }), { product_id: "p1" }],
  ["a broken one before", `<script type="application/ld+json">{</script>${jsonLd(PRODUCT)}`, { product_id: "p1", price: "9.90" }],
  [
    "og elements",
    '<meta property="product:retailer_item_id" content="p7"><meta property="product:price:amount" content="3">',
    { product_id: "p7", price: "3" },
  ],
] as [string, string, object][]) {
  test(`a view of the product that the page is about, by ${name}`, () => {
    assert.deepEqual(watch("views", html).events, [["view", props]]);
  });
}

test("pages about nothing, or about a list, are no view", () => {
  for (const html of ["", jsonLd({ "@type": "ItemList" }), jsonLd(null), jsonLd({ "@type": "Product" }), jsonLd("Product")]) {
    assert.deepEqual(watch("views", html).events, []);
  }
});

test("routes of a single page are pages, their products views, and end the dwell of the one before", async () => {
  const { browser, events } = watch("views,spa,dwell", jsonLd(PRODUCT));
  await browser.clock.pass(2e3);
  history.pushState(null, "", "/two");
  document.querySelector("script")!.textContent = JSON.stringify({ ...PRODUCT, sku: "p2", offers: undefined });
  await browser.clock.pass(300);
  history.pushState(null, "", "/two#part");
  await browser.clock.pass(2e3);
  history.pushState(null, "", "#/three");
  assert.deepEqual(
    events.map(([type, { url, product_id }]) => [type, url || product_id]),
    [
      ["page", "https://shop.example/"],
      ["view", "p1"],
      ["page", "https://shop.example/two"],
      ["dwell", "p1"],
      ["view", "p2"],
      ["page", "https://shop.example/two#/three"],
      ["dwell", "p2"],
    ],
  );
});

test("the Navigation API is used where it is", async () => {
  const browser = openBrowser();
  const navigation = new EventTarget();
  Object.assign(globalThis, { navigation });
  const { events } = listen(browser, "spa");
  location.href = "https://shop.example/two";
  await browser.fire("navigatesuccess", navigation);
  await browser.fire("navigatesuccess", navigation);
  assert.deepEqual(events.map(([type, { url }]) => [type, url]), [
    ["page", "https://shop.example/"],
    ["page", "https://shop.example/two"],
  ]);
});

test("events of gtag and of Tag Manager are bridged, those of before, too", () => {
  const browser = openBrowser();
  const layer: unknown[] = [{ event: "view_item", ecommerce: { items: [{ item_id: "p1", item_name: "Lamp", price: 9 }] } }];
  Object.assign(globalThis, { dataLayer: layer });
  const { events } = listen(browser, "ga4");
  function gtag(..._: unknown[]) {
    // eslint-disable-next-line prefer-rest-params -- gtag pushes its arguments as they are
    (globalThis as unknown as { dataLayer: unknown[] }).dataLayer.push(arguments);
  }
  gtag("js", new Date());
  gtag("config", "G-1");
  gtag("event", "page_view", {});
  gtag("event", "view_item_list", { items: [{ item_id: "p1" }] });
  gtag("event", "purchase", {
    transaction_id: "o1", value: 20, currency: "EUR", coupon: "X", items: [{ item_id: "p1", quantity: 2, price: 10 }],
  });
  assert.equal(layer.push({ event: "search", search_term: "lamp" }, null as never), 8);
  assert.deepEqual(events, [
    ["view_item", { items: [{ product_id: "p1", price: 9 }] }],
    ["purchase", { order_id: "o1", value: 20, currency: "EUR", items: [{ product_id: "p1", quantity: 2, price: 10 }] }],
    ["search", { query: "lamp" }],
  ]);
});

test("nothing that is watched is sent without consent", async () => {
  const { browser, events } = watch("views,clicks,spa,dwell,hover,ga4", SHELF + jsonLd(PRODUCT), { gpc: true });
  happen(browser, "click", "cart");
  await browser.fire("pagehide");
  await browser.clock.pass(60e3);
  assert.deepEqual([events, browser.events(), Object.keys(browser.storage)], [[], [], []]);
});
