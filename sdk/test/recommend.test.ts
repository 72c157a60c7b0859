import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../src/client";
import { openBrowser, type Browser, type Sent } from "./browser";

/** Answers questions with the next products, as many as were asked for. */
function serve(browser: Browser): Sent[] {
  const asked: Sent[] = [];
  const accept = browser.answer;
  let last = 0;
  browser.answer = (sent) => {
    if (sent.path != "/recommend") return accept(sent);
    asked.push(sent);
    const products = Array.from({ length: (sent.body.limit as number) || 2 }, () => ({ product_id: `p${++last}` }));
    return browser.json({ recommendation_id: `rec_${asked.length}`, recommendations: products });
  };
  return asked;
}

test("the question is asked for the visitor, and the answer told", async () => {
  const browser = openBrowser();
  const asked = serve(browser);
  const client = createClient({ endpoint: "https://shop.example/" });
  const told: unknown[] = [];
  client.on("answer", ({ question, answer, ms }) => told.push([question.placement, answer.recommendation_id, ms]));
  const answer = await client.recommend({ placement: "home", limit: 1 });
  assert.deepEqual(answer.recommendations.map((one) => one.product_id), ["p1"]);
  assert.deepEqual(asked[0]!.body as unknown, { anonymous_id: client.anonymousId, placement: "home", limit: 1 });
  assert.equal(asked[0]!.init.credentials, "same-origin");
  assert.deepEqual(told, [["home", "rec_1", 0]]);

  client.identify("ann");
  await client.recommend();
  assert.deepEqual(asked[1]!.body as unknown, { user_id: "ann" });
});

test("what is queued is delivered before, so that the answer reflects it", async () => {
  const browser = openBrowser();
  serve(browser);
  const client = createClient();
  client.view("p1");
  await client.recommend();
  assert.deepEqual(browser.requests.map(({ path }) => path), ["/track-event", "/recommend"]);
});

test("an answer does not wait longer than half a second for that", async () => {
  const browser = openBrowser();
  const asked = serve(browser);
  const answer = browser.answer;
  browser.answer = (sent) => (sent.path == "/recommend" ? answer(sent) : new Promise(() => {}));
  const client = createClient();
  client.view("p1");
  const answered = client.recommend();
  await browser.clock.pass(499);
  assert.equal(asked.length, 0);
  await browser.clock.pass(1);
  assert.equal(asked.length, 1);
  await answered;
});

test("next asks the same without what was shown, of one placement or of the newest", async () => {
  const browser = openBrowser();
  const asked = serve(browser);
  const client = createClient();
  await client.recommend({ placement: "home", limit: 2, exclude: ["x"] });
  await client.recommend({ placement: "cart", category: "Home" });
  await client.recommend.next({ placement: "home", limit: 1 });
  await client.recommend.next();
  await client.recommend.next({ placement: "cart" });
  const questions = asked.map(({ body: { anonymous_id: _, ...question } }) => question as unknown);
  assert.deepEqual(questions.slice(2), [
    { placement: "home", limit: 1, exclude: ["x", "p1", "p2"] },
    { placement: "home", limit: 1, exclude: ["x", "p1", "p2", "p5"] },
    { placement: "cart", category: "Home", exclude: ["p3", "p4"] },
  ]);
});

test("next without a question before is one", async () => {
  const browser = openBrowser();
  const asked = serve(browser);
  const client = createClient();
  await client.recommend.next({ limit: 3 });
  assert.deepEqual(asked[0]!.body as unknown, { anonymous_id: client.anonymousId, limit: 3 });
});

test("a refusal is an error with the status and the problem, and told", async () => {
  const browser = openBrowser();
  browser.answer = () => browser.json({ code: "invalid_limit", detail: "limit is no number" }, 422);
  const client = createClient();
  const told: unknown[] = [];
  client.on("error", (error) => told.push(error));
  const error = await client.recommend().catch((reason) => reason);
  assert.match(error.message, /limit is no number/);
  assert.equal(error.status, 422);
  assert.equal(error.body.code, "invalid_limit");
  assert.deepEqual(told, [error]);
});

test("an answer that is not JSON is an error with the status", async () => {
  const browser = openBrowser();
  browser.answer = () => new Response("<h1>Bad Gateway</h1>", { status: 502 });
  const error = await createClient().recommend().catch((reason) => reason);
  assert.equal(error.status, 502);
});
