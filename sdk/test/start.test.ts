import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "../src/start";
import { createClient } from "../src/client";
import type { Options } from "../src/types";
import { openBrowser, type Setup } from "./browser";

const SRC = "https://reco.shop.example/sdk/v1/shelflife.min.js";

/** Begin as a script tag with these attributes does. @returns what the client was made with, and what it reports. */
function begin(attributes: Record<string, string>, queue?: unknown[][], setup: Setup = {}) {
  const browser = openBrowser(setup);
  const script = browser.document.createElement("script");
  for (const [name, value] of Object.entries({ src: SRC, ...attributes })) script.setAttribute(name, value);
  Object.assign(document, { currentScript: script });
  if (queue) window.shelflife = Object.assign(() => {}, { q: queue }) as never;
  const made: Options[] = [];
  start((options) => {
    made.push(options);
    return createClient(options);
  });
  return { browser, made };
}

test("the tag's attributes are the options; without any the service is where the script is from", () => {
  assert.deepEqual(begin({}).made, [
    { endpoint: "https://reco.shop.example", auto: undefined, consent: undefined, userId: undefined, debug: false },
  ]);
  const { made } = begin({
    "data-endpoint": "https://other.example/x",
    "data-auto": "views,clicks",
    "data-consent": "pending",
    "data-user-id": "ann",
    "data-debug": "",
  });
  assert.deepEqual(made, [
    { endpoint: "https://other.example/x", auto: "views,clicks", consent: "pending", userId: "ann", debug: true },
  ]);
});

test("what the queue stub was told is done in its order, and the stub's form goes on working", async () => {
  const ready: unknown[] = [];
  const { browser } = begin({}, [["identify", "ann"], ["view", "p1"], ["ready", (client: unknown) => ready.push(client)]]);
  window.shelflife!("track", "click", { product_id: "p1" });
  window.shelflife!.addToCart("p1");
  await browser.clock.pass(5e3);
  assert.deepEqual(browser.events().map((event) => [event.event_type, event.user_id]), [
    ["identify", "ann"],
    ["view", "ann"],
    ["click", "ann"],
    ["add_to_cart", "ann"],
  ]);
  assert.equal(browser.requests[0]!.path, "https://reco.shop.example/track-event");
  assert.deepEqual(ready, [window.shelflife]);
});

test("a queue that says something of consent is heard before anything is stored", async () => {
  const { browser } = begin({}, [["view", "p1"], ["consent", "denied"]]);
  await browser.clock.pass(5e3);
  assert.deepEqual(browser.events(), []);
  assert.deepEqual(Object.keys(browser.storage), []);
});

test("the two functions of the page", async () => {
  const { browser } = begin({});
  window.trackViewEvent!("p1");
  window.trackPurchaseEvent!("p2");
  await browser.clock.pass(5e3);
  assert.deepEqual(browser.events().map((event) => [event.event_type, event.product_id]), [
    ["view", "p1"],
    ["purchase", "p2"],
  ]);
});

test("a second tag changes nothing", () => {
  begin({});
  const first = window.shelflife;
  start(() => assert.fail("made again"));
  assert.equal(window.shelflife, first);
});
