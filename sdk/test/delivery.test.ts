import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../src/client";
import { openBrowser } from "./browser";

test("an event is sent after five seconds, in the service's form", async () => {
  const browser = openBrowser();
  const client = createClient();
  client.view("p1", { price: 5 });
  await browser.clock.pass(4999);
  assert.equal(browser.requests.length, 0);
  await browser.clock.pass(1);

  const [{ path, body, init }] = browser.requests as [(typeof browser.requests)[0]];
  assert.equal(path, "/track-event");
  assert.equal(init.keepalive, true);
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
});
