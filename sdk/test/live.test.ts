import assert from "node:assert/strict";
import { test } from "node:test";
import { createFullClient } from "../src/everything";
import type { Options } from "../src/types";
import { openBrowser, type Browser, type Setup } from "./browser";

class FakeSource extends EventTarget {
  static opened: FakeSource[] = [];
  readyState = 0;
  onerror = () => {};

  constructor(readonly url: string) {
    super();
    FakeSource.opened.push(this);
  }

  close() {
    this.readyState = 2;
  }

  /** As when the service answers 503. */
  refuse() {
    this.readyState = 2;
    this.onerror();
  }

  say(name: string, id: string) {
    const data = JSON.stringify({ recommendation_id: name, recommendations: [] });
    this.dispatchEvent(Object.assign(new Event("recommendations"), { data, lastEventId: id }));
  }
}

const openNow = () => FakeSource.opened.filter((source) => source.readyState != 2);
const questions = (browser: Browser) => browser.requests.filter(({ path }) => path == "/recommend");

function listen({ options = {}, setup = {}, streams = true }: { options?: Options; setup?: Setup; streams?: boolean }) {
  const browser = openBrowser(setup);
  FakeSource.opened = [];
  if (streams) Object.assign(globalThis, { EventSource: FakeSource });
  const accept = browser.answer;
  let answers = 0;
  browser.answer = (sent) =>
    sent.path == "/recommend" ? browser.json({ recommendation_id: `rec_${++answers}`, recommendations: [] }) : accept(sent);
  const client = createFullClient(options);
  const heard: string[] = [];
  const stop = client.onRecommendations((answer) => heard.push(answer.recommendation_id), { placement: "home", limit: 8 });
  return { browser, client, heard, stop };
}

test("a stream is opened for the question and the visitor, and what it says is called back", async () => {
  const { client, heard, stop } = listen({});
  const [source] = FakeSource.opened;
  assert.equal(source!.url, `https://shop.example/v1/stream?anonymous_id=${client.anonymousId}&placement=home&limit=8`);
  source!.say("rec_a", "1");
  source!.say("rec_b", "2");
  assert.deepEqual(heard, ["rec_a", "rec_b"]);
  stop();
  assert.deepEqual(openNow(), []);
});

test("events are sent at once while somebody listens, but those that say little", async () => {
  const { browser, client, stop } = listen({});
  client.view("p1");
  await browser.clock.pass(100);
  assert.equal(browser.events().length, 1);
  client.track("impression", { product_id: "p1" });
  await browser.clock.pass(100);
  assert.equal(browser.events().length, 1);
  stop();
  client.view("p2");
  await browser.clock.pass(100);
  assert.equal(browser.events().length, 1);
});

test("a hidden page listens to nothing, and takes up where it was", async () => {
  const { browser } = listen({});
  FakeSource.opened[0]!.say("rec_a", "17-0");
  await browser.show(false);
  assert.deepEqual(openNow(), []);
  await browser.show(true);
  assert.match(openNow()[0]!.url, /last_event_id=17-0/);
});

test("who signs in or out is listened for anew", () => {
  const { client } = listen({});
  client.identify("ann");
  assert.match(openNow()[0]!.url, /\?user_id=ann&/);
  client.reset();
  assert.match(openNow()[0]!.url, new RegExp(`anonymous_id=${client.anonymousId}`));
  assert.equal(openNow().length, 1);
});

test("where the service refuses, it is asked, after events and now and then, until it takes the stream again", async () => {
  const { browser, client, heard } = listen({});
  FakeSource.opened[0]!.refuse();
  await browser.clock.pass(0);
  assert.deepEqual(heard, ["rec_1"]);
  client.view("p1");
  await browser.clock.pass(100);
  assert.deepEqual(heard, ["rec_1", "rec_2"]);
  client.track("impression", { product_id: "p1" });
  await client.flush();
  await browser.clock.pass(0);
  assert.deepEqual(heard, ["rec_1", "rec_2"]);

  await browser.clock.pass(45e3);
  assert.equal(openNow().length, 1);
  openNow()[0]!.say("rec_a", "1");
  assert.equal(heard.at(-1), "rec_a");
});

test("an interruption is the browser's own to mend", async () => {
  const { browser, heard } = listen({});
  FakeSource.opened[0]!.onerror();
  await browser.clock.pass(60e3);
  assert.deepEqual([heard, FakeSource.opened.length], [[], 1]);
});

test("a page holds three streams at most; further questions are asked again and again", async () => {
  const { browser, client, heard } = listen({});
  const more = [1, 2, 3].map((number) => client.onRecommendations(() => heard.push(`more ${number}`)));
  await browser.clock.pass(0);
  assert.equal(openNow().length, 3);
  assert.deepEqual(heard, ["more 3"]);
  more[0]!();
  await browser.clock.pass(45e3);
  assert.equal(openNow().length, 3);
});

test("without EventSource it is asked, in visible pages only", async () => {
  const { browser, heard } = listen({ streams: false });
  await browser.clock.pass(45e3);
  assert.ok(heard.length >= 2);
  await browser.show(false);
  const before = questions(browser).length;
  await browser.clock.pass(300e3);
  assert.equal(questions(browser).length, before);
});

test("a stranger gets one answer, and no stream", async () => {
  const { browser, heard } = listen({ setup: { gpc: true } });
  await browser.clock.pass(300e3);
  assert.deepEqual([heard, FakeSource.opened], [["rec_1"], []]);
});

test("an answer that comes when nobody listens any more is dropped", async () => {
  const { browser, heard, stop } = listen({ streams: false });
  await browser.clock.pass(0);
  assert.deepEqual(heard, ["rec_1"]);
  await browser.show(false);
  const shown = browser.show(true); // asks anew
  stop();
  await shown;
  await browser.clock.pass(0);
  assert.deepEqual([questions(browser).length, heard.length], [2, 1]);
});
