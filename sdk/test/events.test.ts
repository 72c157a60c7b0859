import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../src/client";
import type { Client, ShelflifeEvent } from "../src/types";
import { openBrowser } from "./browser";

/** The events that `work` makes, without who and when. */
function eventsOf(work: (client: Client) => void, setup = {}): Record<string, unknown>[] {
  const browser = openBrowser(setup);
  const client = createClient();
  const events: Record<string, unknown>[] = [];
  client.on("event", (event: ShelflifeEvent) => {
    const { event_id: _, timestamp: __, anonymous_id: ___, session_id: ____, ...rest } = event;
    events.push(JSON.parse(JSON.stringify(rest)));
  });
  work(client);
  assert.equal(browser.requests.length, 0);
  return events;
}

const CASES: [string, (client: Client) => void, Record<string, unknown>][] = [
  ["track", (client) => client.track("quiz_completed", { score: 3 }), { event_type: "quiz_completed", score: 3 }],
  ["track without more", (client) => client.track("view_cart"), { event_type: "view_cart" }],
  ["view", (client) => client.view("p1", { price: 2 }), { event_type: "view", product_id: "p1", price: 2 }],
  ["click", (client) => client.click("p1", { position: 2 }), { event_type: "click", product_id: "p1", position: 2 }],
  ["addToCart", (client) => client.addToCart("p1", { quantity: 2 }), { event_type: "add_to_cart", product_id: "p1", quantity: 2 }],
  ["removeFromCart", (client) => client.removeFromCart("p1"), { event_type: "remove_from_cart", product_id: "p1" }],
  ["wishlist", (client) => client.wishlist("p1"), { event_type: "add_to_wishlist", product_id: "p1" }],
  ["purchase", (client) => client.purchase("p1", { order_id: "o" }), { event_type: "purchase", product_id: "p1", order_id: "o" }],
  [
    "purchase of several",
    (client) => client.purchase(["p1", { product_id: "p2", quantity: 2 }], { order_id: "o" }),
    { event_type: "purchase", order_id: "o", items: [{ product_id: "p1" }, { product_id: "p2", quantity: 2 }] },
  ],
  ["rating", (client) => client.rating("p1", 4), { event_type: "rating", product_id: "p1", rating: 4 }],
  ["search", (client) => client.search("lamp"), { event_type: "search", query: "lamp" }],
  ["filter", (client) => client.filter({ brand: "x" }), { event_type: "filter", brand: "x" }],
  ["formSubmit", (client) => client.formSubmit("news", { a: 1 }), { event_type: "form_submit", form: "news", a: 1 }],
  ["page", (client) => client.page({ title: "Home" }), { event_type: "page", url: "https://shop.example/", title: "Home" }],
  ["a method by its name", (client) => void client("view", "p1"), { event_type: "view", product_id: "p1" }],
];

for (const [name, work, event] of CASES) {
  test(name, () => assert.deepEqual(eventsOf(work), [event]));
}

test("what comes of a click on a recommendation names it, for a week", async () => {
  const browser = openBrowser();
  const client = createClient();
  const named: unknown[] = [];
  client.on("event", (event) => named.push([event.event_type, event.product_id, event.recommendation_id]));
  client.click("p1", { recommendation_id: "rec_1" });
  client.view("p1");
  client.view("p2");
  client.addToCart("p1", { recommendation_id: "rec_own" });
  client.addToCart("p1", { recommendation_id: undefined });
  client.track("impression", { product_id: "p1" });
  await browser.clock.pass(7 * 86400e3);
  client.view("p1");
  assert.deepEqual(named, [
    ["click", "p1", "rec_1"],
    ["view", "p1", "rec_1"],
    ["view", "p2", undefined],
    ["add_to_cart", "p1", "rec_own"],
    ["add_to_cart", "p1", "rec_1"],
    ["impression", "p1", undefined],
    ["view", "p1", undefined],
  ]);
});

test("an order is an event for each recommendation that its products come from, and its value is of the first", () => {
  const events = eventsOf((client) => {
    client.click("p1", { recommendation_id: "rec_1" });
    client.click("p3", { recommendation_id: "rec_1" });
    client.purchase(["p1", "p2", "p3"], { order_id: "o", value: 30 });
  });
  assert.deepEqual(events.slice(2), [
    {
      event_type: "purchase",
      order_id: "o",
      value: 30,
      recommendation_id: "rec_1",
      items: [{ product_id: "p1" }, { product_id: "p3" }],
    },
    { event_type: "purchase", order_id: "o", items: [{ product_id: "p2" }] },
  ]);
});

test("the last fifty clicks are remembered", () => {
  openBrowser();
  const client = createClient();
  const named: unknown[] = [];
  for (let number = 0; number < 51; number++) client.click(`p${number}`, { recommendation_id: `rec_${number}` });
  client.on("event", (event) => named.push(event.recommendation_id));
  for (const product of ["p0", "p1", "p50"]) client.view(product);
  assert.deepEqual(named, [undefined, "rec_1", "rec_50"]);
});

test("events of one moment are a millisecond apart, in their order", () => {
  openBrowser();
  const client = createClient();
  const times: string[] = [];
  client.on("event", (event) => times.push(event.timestamp));
  for (const product of ["a", "b", "c"]) client.view(product);
  assert.deepEqual(times, ["2026-11-20T12:00:00.000Z", "2026-11-20T12:00:00.001Z", "2026-11-20T12:00:00.002Z"]);
});

test("a page's callback that throws does not stop the others; unsubscribing stops one", (t) => {
  openBrowser();
  const client = createClient();
  const complaint = t.mock.method(console, "error", () => {});
  const heard: string[] = [];
  client.on("event", () => {
    throw new Error("the page's own");
  });
  const stop = client.on("event", () => heard.push("one"));
  client.on("event", () => heard.push("two"));
  client.view("p1");
  stop();
  client.view("p2");
  assert.deepEqual(heard, ["one", "two", "two"]);
  assert.equal(complaint.mock.callCount(), 2);
});

test("debug writes what happens to the console, until it is switched off", (t) => {
  openBrowser();
  const log = t.mock.method(console, "log", () => {});
  const client = createClient();
  client.view("p1");
  client.debug();
  client.view("p2");
  client.debug(false);
  client.view("p3");
  assert.deepEqual(log.mock.calls.map((call) => [call.arguments[0], call.arguments[1], call.arguments[2].product_id]), [
    ["shelflife", "event", "p2"],
  ]);
});
