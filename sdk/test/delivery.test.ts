import assert from "node:assert/strict";
import { test } from "node:test";
import { packed } from "../src/queue";
import type { Store } from "../src/store";
import { createClient } from "../src/client";
import type { Failure } from "../src/types";
import { FakeStorage, openBrowser } from "./browser";

const queued = (storage: Storage) => Object.keys(storage).filter((key) => key.startsWith("shelflife.event."));
const view = (client: ReturnType<typeof createClient>, count: number, from = 0) => {
  for (let number = from; number < from + count; number++) client.view(`p${number}`);
};

test("an event is sent after five seconds, in the service's form", async () => {
  const browser = openBrowser();
  const client = createClient();
  client.view("p1", { price: 5 });
  await browser.clock.pass(4999);
  assert.equal(browser.requests.length, 0);
  await browser.clock.pass(1);

  const { path, body, init } = browser.requests[0]!;
  assert.equal(path, "/track-event");
  assert.equal(init.method, "POST");
  assert.equal(init.keepalive, true);
  assert.equal(init.headers, undefined, "a header of its own would cost other origins a preflight");
  assert.equal(body.sent_at, "2026-11-20T12:00:05.000Z");
  const { event_id, ...event } = body.events[0]!;
  assert.match(event_id as string, /^[0-9a-z]{24}$/);
  assert.deepEqual(event, {
    event_type: "view",
    timestamp: "2026-11-20T12:00:00.000Z",
    anonymous_id: client.anonymousId,
    session_id: client.sessionId,
    product_id: "p1",
    price: 5,
  });
  assert.deepEqual(queued(browser.storage), []);
});

test("the tenth event sends all ten, in the order in which they happened", async () => {
  const browser = openBrowser();
  view(createClient(), 10);
  await browser.clock.pass(10);
  assert.deepEqual(
    browser.requests.map(({ body }) => body.events.map((event) => event.product_id)),
    [["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"]],
  );
});

test("events wait in storage while the network is away, and none is lost or doubled when it comes back", async () => {
  const browser = openBrowser();
  const client = createClient();
  browser.online = false;
  view(client, 25);
  await browser.clock.pass(60e3);
  assert.equal(browser.requests.length, 0);
  assert.equal(queued(browser.storage).length, 25);

  browser.online = true;
  await browser.fire("online");
  await browser.clock.pass(60e3);
  assert.deepEqual(
    browser.events().map((event) => event.product_id),
    Array.from({ length: 25 }, (_, number) => `p${number}`),
  );
  assert.deepEqual(queued(browser.storage), []);
});

test("the next page sends what an earlier one could not", async () => {
  const first = openBrowser();
  first.online = false;
  createClient().view("p1");
  await first.clock.pass(5e3);

  const second = openBrowser({ storage: first.storage });
  createClient();
  await second.clock.pass(5e3);
  assert.deepEqual(second.events().map((event) => event.product_id), ["p1"]);
});

test("a retry has the same event id, comes later each time, and never at once for everybody", async () => {
  const browser = openBrowser();
  const times: number[] = [];
  browser.answer = () => {
    times.push(browser.clock.now);
    throw new TypeError("Failed to fetch");
  };
  createClient().view("p1");
  await browser.clock.pass(300e3);
  const waits = times.slice(1).map((time, number) => time - times[number]!);
  waits.slice(0, 6).forEach((wait, number) => {
    assert.ok(wait >= 500 * 2 ** number && wait <= 1000 * 2 ** number, `wait ${number}: ${wait}`);
  });
  assert.ok(waits.length >= 8 && Math.max(...waits) <= 60e3, `${waits}`);
  assert.notEqual(new Set(waits.map((wait, number) => wait / 2 ** number)).size, 1, "there is no chance in it");
  assert.equal(new Set(browser.events().map((event) => event.event_id)).size, 1);
});

for (const status of [408, 425, 429, 500, 503]) {
  test(`after ${status} the events are sent again`, async () => {
    const browser = openBrowser();
    const accept = browser.answer;
    browser.answer = () => browser.json({}, status);
    const client = createClient();
    const errors: Failure[] = [];
    client.on("error", (error) => errors.push(error));
    client.view("p1");
    await browser.clock.pass(5e3);
    browser.answer = accept;
    await browser.clock.pass(2e3);
    assert.equal(browser.requests.length, 2);
    assert.deepEqual(browser.requests[0]!.body.events, browser.requests[1]!.body.events);
    assert.deepEqual(errors, []);
  });
}

for (const status of [400, 401, 413, 422]) {
  test(`after ${status} the events are given up and reported`, async () => {
    const browser = openBrowser();
    browser.answer = () => browser.json({ code: "no" }, status);
    const client = createClient();
    const errors: Failure[] = [];
    client.on("error", (error) => errors.push(error));
    client.view("p1");
    await browser.clock.pass(60e3);
    assert.equal(browser.requests.length, 1);
    assert.deepEqual(queued(browser.storage), []);
    assert.equal(errors.length, 1);
    assert.ok(errors[0] instanceof Error);
    assert.equal(errors[0].status, status);
    assert.deepEqual(errors[0].body, { code: "no" });
    assert.deepEqual(errors[0].events!.map((event) => event.product_id), ["p1"]);
  });
}

test("a good answer that is not of the service is none", async () => {
  const browser = openBrowser();
  const client = createClient();
  const told: unknown[] = [];
  client.on("error", (error) => told.push(error));
  client.on("sent", ({ events }) => told.push(events.length));
  browser.answer = () => new Response("<title>Welcome to the hotel</title>");
  client.view("p1");
  await browser.clock.pass(5e3);
  assert.deepEqual([told, queued(browser.storage).length], [[], 1]);
  browser.answer = ({ body }) => browser.json({ accepted: body.events.length });
  await browser.clock.pass(60e3);
  assert.deepEqual([told, queued(browser.storage).length], [[1], 0]);
});

test("single events that were refused are reported, the others are sent", async () => {
  const browser = openBrowser();
  const errors = [{ index: 1, code: "missing_product_id" }];
  browser.answer = () => browser.json({ accepted: 1, rejected: 1, errors });
  const client = createClient();
  const seen: string[] = [];
  client.on("sent", ({ events, ms }) => seen.push(`sent ${events.length} ${ms}`));
  client.on("error", ({ status, body }) => seen.push(`error ${status} ${JSON.stringify(body)}`));
  view(client, 2);
  await browser.clock.pass(5e3);
  assert.deepEqual(seen, ["sent 2 0", `error 200 ${JSON.stringify({ accepted: 1, rejected: 1, errors })}`]);
});

test("Retry-After is honoured, in seconds and as a date, for five minutes at most", async () => {
  for (const [header, least, most] of [
    ["30", 30e3, 30e3],
    ["Fri, 20 Nov 2026 12:01:00 GMT", 55e3, 55e3],
    ["86400", 300e3, 300e3],
    ["soon", 500, 1000],
  ] as const) {
    const browser = openBrowser();
    const accept = browser.answer;
    browser.answer = () => browser.json({}, 503, { "Retry-After": header });
    const client = createClient();
    client.view("p1");
    await browser.clock.pass(5e3);
    browser.answer = accept;
    await client.flush();
    await browser.clock.pass(least - 1);
    assert.equal(browser.requests.length, 1, header);
    await browser.clock.pass(most - least + 1);
    assert.equal(browser.requests.length, 2, header);
  }
});

test("when the page is hidden or left, what was not sent goes by beacon, once", async () => {
  const browser = openBrowser();
  const client = createClient();
  client.view("p1");
  await browser.show(false);
  await browser.fire("pagehide");
  assert.deepEqual(browser.beacons.map(({ path, body }) => [path, body.events.length]), [["/track-event", 1]]);

  client.view("p2");
  await browser.fire("pagehide");
  assert.deepEqual(browser.beacons[1]!.body.events.map((event) => event.product_id), ["p2"]);
});

test("what the browser refused to take goes by the next beacon", async () => {
  const browser = openBrowser();
  createClient().view("p1");
  browser.takesBeacons = false;
  await browser.fire("pagehide");
  browser.takesBeacons = true;
  await browser.fire("pagehide");
  assert.deepEqual(browser.beacons.map(({ body }) => body.events.map((event) => event.product_id)), [["p1"]]);
});

test("an event that another tab took away meanwhile is left out", () => {
  const entries = new Map([["event.a", '{"event_id":"a"}']]);
  const store = { get: (name: string) => entries.get(name), set: (name: string, text: string) => entries.set(name, text) };
  const body = JSON.parse(packed(store as unknown as Store, ["event.a", "event.gone"]));
  assert.deepEqual(body.events, [{ event_id: "a" }]);
  assert.deepEqual([...entries], [["event.a", ' {"event_id":"a"}']]);
});

test("what went by beacon is sent again by the next page under the same id, for nobody knows whether it arrived", async () => {
  const first = openBrowser();
  createClient().view("p1");
  await first.fire("pagehide");

  const second = openBrowser({ storage: first.storage });
  second.clock.now = first.clock.now + 60e3;
  createClient();
  await second.clock.pass(5e3);
  assert.deepEqual(second.requests[0]!.body.events, first.beacons[0]!.body.events);
});

test("what may have arrived is given up before the service forgets its id; what was never sent is not", async () => {
  const first = openBrowser();
  const client = createClient();
  client.view("sent");
  await first.fire("pagehide");
  first.online = false;
  client.view("unsent");

  const second = openBrowser({ storage: first.storage });
  second.clock.now = first.clock.now + 21 * 3600e3;
  createClient();
  await second.clock.pass(5e3);
  assert.deepEqual(second.events().map((event) => event.product_id), ["unsent"]);
  assert.deepEqual(queued(second.storage), []);
});

test("while the service asks for patience, nothing is sent as the page goes", async () => {
  const browser = openBrowser();
  browser.answer = () => browser.json({}, 503, { "Retry-After": "60" });
  const client = createClient();
  client.view("p1");
  await browser.clock.pass(5e3);
  client.view("p2");
  await browser.fire("pagehide");
  assert.equal(browser.beacons.length, 0);
  assert.equal(queued(browser.storage).length, 2);
});

test("requests stay below what browsers carry for a page that is gone", async () => {
  const browser = openBrowser();
  const client = createClient();
  const note = "ü".repeat(5000);
  for (let number = 0; number < 14; number++) client.view(`p${number}`, { note });
  await browser.clock.pass(5e3);
  const sizes = browser.requests.map(({ init }) => Buffer.byteLength(init.body as string));
  assert.ok(sizes.length >= 3 && Math.max(...sizes) < 62e3, `${sizes}`);
  assert.equal(new Set(browser.events().map((event) => event.product_id)).size, 14);
});

test("an event that no request can carry is reported and not queued", async () => {
  const browser = openBrowser();
  const client = createClient();
  const errors: Failure[] = [];
  client.on("error", (error) => errors.push(error));
  client.track("note", { text: "x".repeat(40e3) });
  await browser.clock.pass(5e3);
  assert.equal(browser.requests.length, 0);
  assert.equal(errors[0]!.events!.length, 1);
});

test("the queue keeps the newest thousand", async () => {
  const browser = openBrowser();
  browser.online = false;
  view(createClient(), 1005);
  await browser.clock.pass(5e3);
  browser.online = true;
  await browser.fire("online");
  const products = browser.events().map((event) => event.product_id);
  assert.equal(products.length, 1000);
  assert.equal(products[0], "p5");
});

for (const locks of [true, false]) {
  test(`two tabs with one queue send each event once, ${locks ? "with" : "without"} the browser's locks`, async () => {
    const browser = openBrowser({ locks });
    const accept = browser.answer;
    browser.answer = async (sent) => {
      await new Promise((done) => browser.clock.set(done, 50));
      return accept(sent);
    };
    const tabs = [createClient(), createClient()];
    tabs.forEach((tab, number) => view(tab, 10, number * 10));
    await browser.clock.pass(30e3);
    const ids = browser.events().map((event) => event.event_id);
    assert.equal(ids.length, 20);
    assert.equal(new Set(ids).size, 20);
    assert.deepEqual(queued(browser.storage), []);
  });
}

test("a clock that is set back leaves no tab waiting for another's", async () => {
  const browser = openBrowser({ locks: false });
  browser.storage.setItem("shelflife.lock", `${browser.clock.now + 3600e3}`);
  createClient().view("p1");
  await browser.clock.pass(5e3);
  assert.equal(browser.events().length, 1);
});

for (const [name, storage] of [
  ["refused", "refused"],
  ["full", FakeStorage.of(true)],
] as const) {
  test(`events are sent when storage is ${name}`, async () => {
    const browser = openBrowser({ storage });
    const client = createClient();
    view(client, 3);
    await browser.clock.pass(5e3);
    const events = browser.events();
    assert.equal(events.length, 3);
    assert.equal(new Set(events.map((event) => event.anonymous_id)).size, 1);
    await browser.clock.pass(60e3);
    assert.equal(browser.requests.length, 1);
  });
}

test("what is queued as a delivery ends is sent by the next flush", async () => {
  const browser = openBrowser();
  const client = createClient();
  client.view("p1");
  const first = client.flush();
  for (let turn = 0; turn < 60 && queued(browser.storage).length; turn++) await Promise.resolve();
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  client.view("p2");
  let ended = false;
  void first.then(() => (ended = true));
  await Promise.resolve();
  assert.equal(ended, false, "the first delivery is over before it could be missed");
  await client.flush();
  assert.deepEqual(browser.events().map((event) => event.product_id), ["p1", "p2"]);
});

test("flush sends now and resolves when it is done", async () => {
  const browser = openBrowser();
  const client = createClient();
  client.view("p1");
  await client.flush();
  assert.equal(browser.events().length, 1);
  browser.answer = () => browser.json({}, 503);
  client.view("p2");
  await client.flush();
  assert.equal(browser.requests.length, 2);
});
