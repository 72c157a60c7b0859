import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../src/client";
import { FakeStorage, openBrowser, type Setup } from "./browser";

const leftover = () => Object.assign(FakeStorage.of(), { "shelflife.state": '{"a":"old"}', "shelflife.event.1": "{}", other: "kept" });

const everything = (client: ReturnType<typeof createClient>) => {
  client.view("p1");
  client.click("p1", { recommendation_id: "rec_1" });
  client.purchase(["p1"]);
  client.identify("ann", { plan: "gold" });
  client.alias("before");
  client.reset();
};

for (const [name, setup, consent] of [
  ["with Global Privacy Control", { gpc: true }, undefined],
  ["with Global Privacy Control, whatever the page's default", { gpc: true }, "granted"],
  ["without consent", {}, "denied"],
] as [string, Setup, "granted" | "denied" | undefined][]) {
  test(`${name} nothing is stored or sent, and what was stored is removed`, async () => {
    const browser = openBrowser({ ...setup, storage: leftover(), cookie: "shelflife_anonymous=old" });
    const client = createClient({ consent, userId: "ann" });
    const events: unknown[] = [];
    client.on("event", (event) => events.push(event));
    everything(client);
    await browser.clock.pass(60e3);
    await browser.fire("pagehide");
    assert.deepEqual(browser.events(), []);
    assert.deepEqual(events, []);
    assert.deepEqual(Object.keys(browser.storage), ["other"]);
    assert.equal(browser.cookie, "");
    assert.equal(client.consentState, "denied");
    assert.deepEqual([client.anonymousId, client.userId, client.sessionId], [undefined, undefined, undefined]);
  });
}

test("a stranger is recommended what is popular, without cookies", async () => {
  const browser = openBrowser({ gpc: true });
  browser.answer = () => browser.json({ recommendations: [] });
  const client = createClient();
  await client.recommend({ placement: "home", limit: 4 });
  await client.recommend({ product_id: "p1" });
  assert.deepEqual(
    browser.requests.map(({ path, body }) => ({ path, body })),
    [
      { path: "/recommend", body: { placement: "home", limit: 4, strategy: "popular" } },
      { path: "/recommend", body: { product_id: "p1" } },
    ] as unknown[],
  );
  assert.equal(browser.requests[0]!.init.credentials, "omit");
});

test("what happens before the visitor decides waits in memory, and is sent as of when it happened", async () => {
  const browser = openBrowser({ storage: leftover(), cookie: "shelflife_anonymous=old" });
  const before = Object.entries(browser.storage).join();
  const client = createClient({ consent: "pending" });
  client.view("p1");
  client.identify("ann");
  await browser.clock.pass(60e3);
  await browser.fire("pagehide");
  assert.deepEqual(browser.events(), []);
  assert.equal(Object.entries(browser.storage).join(), before);
  assert.equal(client.anonymousId, undefined);

  client.consent("granted");
  await browser.clock.pass(5e3);
  const sent = browser.events().filter((event) => event.event_type);
  assert.deepEqual(
    sent.map((event) => [event.event_type, event.timestamp, event.anonymous_id, event.user_id]),
    [
      ["view", "2026-11-20T12:00:00.000Z", "old", undefined],
      ["identify", "2026-11-20T12:00:00.001Z", "old", "ann"],
    ],
  );
  assert.equal(client.userId, "ann");
});

test("what waited is forgotten when the visitor declines", async () => {
  const browser = openBrowser();
  const client = createClient({ consent: "pending" });
  client.view("p1");
  client.consent({ personalization: false });
  client.consent({ personalization: true });
  client.view("p2");
  await browser.clock.pass(5e3);
  assert.deepEqual(browser.events().map((event) => event.product_id), ["p2"]);
});

test("consent that is taken back removes everything, and what is queued is not sent", async () => {
  const browser = openBrowser();
  const client = createClient();
  client.view("p1");
  client.consent("denied");
  await browser.clock.pass(60e3);
  assert.deepEqual(browser.events(), []);
  assert.deepEqual(Object.keys(browser.storage), []);
  assert.equal(browser.cookie, "");
});

test("what the visitor allows on this site counts more than the browser's general signal", async () => {
  const browser = openBrowser({ gpc: true });
  const client = createClient();
  client.consent("granted");
  client.view("p1");
  await browser.clock.pass(5e3);
  assert.equal(client.consentState, "granted");
  assert.equal(browser.events().length, 1);
});

test("a visitor who allowed it keeps their id on the next page, although the browser sends the general signal", () => {
  openBrowser({ gpc: true, storage: leftover() });
  const client = createClient({ consent: "pending" });
  assert.deepEqual([client.consentState, client.anonymousId], ["pending", undefined]);
  client.consent("granted");
  assert.equal(client.anonymousId, "old");
});

test("a change of consent is told", () => {
  openBrowser();
  const client = createClient();
  const states: string[] = [];
  client.on("visitor", () => states.push(client.consentState));
  client.consent("denied");
  client.consent("granted");
  assert.deepEqual(states, ["denied", "granted"]);
});

test("consent that is taken back in another tab is taken back in this one", async () => {
  const browser = openBrowser();
  const [here, there] = [createClient(), createClient()];
  here.view("p1");
  let told = 0;
  here.on("visitor", () => told++);
  there.consent("denied");
  await browser.stored("shelflife.state");
  here.view("p2");
  await browser.clock.pass(60e3);
  assert.deepEqual([browser.events(), Object.keys(browser.storage), browser.cookie], [[], [], ""]);
  assert.deepEqual([here.consentState, told], ["denied", 1]);
});

test("what else other tabs write says nothing of consent", async () => {
  const browser = openBrowser();
  const [here, there] = [createClient(), createClient()];
  there.reset();
  await browser.stored("shelflife.state");
  await browser.stored("shelflife.event.1");
  await browser.stored("basket");
  assert.deepEqual([here.consentState, here.anonymousId], ["granted", there.anonymousId]);
});

test("consent that is given again before other tabs hear of its withdrawal stays given", async () => {
  const browser = openBrowser();
  const [here, there] = [createClient(), createClient()];
  there.consent("denied");
  there.consent("granted");
  await browser.stored("shelflife.state");
  assert.deepEqual([here.consentState, here.anonymousId], ["granted", there.anonymousId]);
});
