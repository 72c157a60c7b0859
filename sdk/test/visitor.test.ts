import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../src/client";
import { FakeStorage, openBrowser } from "./browser";

test("an anonymous id of 128 random bits is kept in a cookie and in storage", () => {
  const browser = openBrowser();
  const client = createClient();
  const id = client.anonymousId!;
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.equal(browser.cookie, `shelflife_anonymous=${id}`);
  assert.equal(JSON.parse(browser.storage.getItem("shelflife.state")!).a, id);
  openBrowser();
  assert.notEqual(createClient().anonymousId, id);
});

test("either of the two is enough to be known again", () => {
  const storage = FakeStorage.of();
  openBrowser({ cookie: "a=1; shelflife_anonymous=a-b.c; b=2" });
  assert.equal(createClient().anonymousId, "a-b.c");
  storage.setItem("shelflife.state", '{"a":"def"}');
  const browser = openBrowser({ storage });
  assert.equal(createClient().anonymousId, "def");
  assert.equal(browser.cookie, "shelflife_anonymous=def");
});

test("the cookie lasts 400 days, for the whole site, and over HTTPS only where the page is", () => {
  for (const [url, secure] of [
    ["https://shop.example/a/b", ";secure"],
    ["http://shop.example/", ""],
  ] as const) {
    openBrowser({ url });
    let written = "";
    Object.defineProperty(document, "cookie", { get: () => "", set: (text: string) => (written = text) });
    const client = createClient();
    assert.equal(written, `shelflife_anonymous=${client.anonymousId};path=/;samesite=lax;max-age=34560000${secure}`);
  }
});

test("a session ends after half an hour without an event", async () => {
  const browser = openBrowser();
  const client = createClient();
  const sessions: unknown[] = [];
  client.on("event", (event) => sessions.push(event.session_id));
  for (const minutes of [0, 29, 29, 31]) {
    await browser.clock.pass(minutes * 60e3);
    client.view("p1");
  }
  assert.equal(sessions[0], sessions[1]);
  assert.equal(sessions[1], sessions[2]);
  assert.notEqual(sessions[2], sessions[3]);
  assert.equal(client.sessionId, sessions[3]);
});

test("identify names the user and the browser, and every later event does, on later pages, too", async () => {
  const browser = openBrowser();
  const client = createClient();
  const anonymous = client.anonymousId;
  client.identify("ann", { plan: "gold" });
  await browser.clock.pass(5e3);
  const next = openBrowser({ storage: browser.storage });
  createClient({ userId: "ann" }).view("p1");
  await next.clock.pass(5e3);
  const events = [...browser.events(), ...next.events()];
  assert.deepEqual(
    events.map((event) => [event.event_type, event.user_id, event.anonymous_id, event.traits]),
    [
      ["identify", "ann", anonymous, { plan: "gold" }],
      ["view", "ann", anonymous, undefined],
    ],
  );
});

test("a user whom the page names is identified once", async () => {
  const browser = openBrowser();
  createClient({ userId: "ann" });
  createClient({ userId: "ann" });
  await browser.clock.pass(1);
  createClient({ userId: "bob" });
  await browser.clock.pass(5e3);
  assert.deepEqual(browser.events().map((event) => [event.event_type, event.user_id]), [
    ["identify", "ann"],
    ["identify", "bob"],
  ]);
});

test("another user in the same browser is another visitor", async () => {
  const browser = openBrowser();
  const client = createClient();
  const anns = client.anonymousId;
  client.click("p1", { recommendation_id: "rec_1" });
  for (const user of ["ann", "ann", "ben"]) client.identify(user);
  client.view("p1");
  await browser.clock.pass(5e3);
  const told = browser.events().map(({ event_type, anonymous_id, user_id, recommendation_id }) => [event_type, anonymous_id == anns, user_id, recommendation_id]);
  assert.deepEqual(told, [
    ["click", true, undefined, "rec_1"],
    ["identify", true, "ann", undefined],
    ["identify", true, "ann", undefined],
    ["identify", false, "ben", undefined],
    ["view", false, "ben", undefined],
  ]);
});

test("alias names the visitor of before", async () => {
  const browser = openBrowser();
  const client = createClient();
  client.identify("ann");
  client.alias("browser-2");
  await browser.clock.pass(5e3);
  const { event_type, user_id, previous_id } = browser.events()[1]!;
  assert.deepEqual({ event_type, user_id, previous_id }, { event_type: "alias", user_id: "ann", previous_id: "browser-2" });
});

test("after reset the visitor is a new one; what is queued stays with the one before", async () => {
  const browser = openBrowser();
  const client = createClient();
  client.identify("ann");
  const { anonymousId, sessionId } = client;
  client.reset();
  assert.equal(client.userId, undefined);
  assert.equal(client.sessionId, undefined);
  assert.notEqual(client.anonymousId, anonymousId);
  assert.equal(browser.cookie, `shelflife_anonymous=${client.anonymousId}`);
  client.view("p1");
  await browser.clock.pass(5e3);
  const [before, after] = browser.events();
  assert.deepEqual([before!.user_id, before!.anonymous_id, before!.session_id], ["ann", anonymousId, sessionId]);
  assert.deepEqual([after!.user_id, after!.anonymous_id], [undefined, client.anonymousId]);
});

test("tabs know what another one changed", () => {
  openBrowser();
  const [one, other] = [createClient(), createClient()];
  one.identify("ann");
  assert.equal(other.userId, "ann");
  other.reset();
  assert.equal(one.userId, undefined);
  assert.equal(one.anonymousId, other.anonymousId);
});
