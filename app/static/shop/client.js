/** The shop's hold on the SDK: the global `shelflife`, asked for when its script has come, or given up on. */

import { readList } from "./api.js";

const PATIENCE_MS = 4000;
// An answer may be on its way for so long before the shop asks by itself.
const PUSH_MS = 700;
// These say nothing that would change a list at once.
const QUIET = new Set(["impression", "page", "scroll", "hover", "dwell"]);

window.shelflife ||= function () {
  (window.shelflife.q ||= []).push(arguments);
};

/** The SDK's client; null when its script cannot be had. Then the shop sells all the same, and shows what is popular. */
export const sdk = new Promise((resolve) => {
  const script = document.querySelector('script[src*="shelflife"]');
  script?.addEventListener("error", () => resolve(null));
  setTimeout(() => resolve(null), PATIENCE_MS);
  window.shelflife("ready", resolve);
});

/** Report something by a method of the SDK, and send it now: in this shop one should see what a click does. */
export async function report(method, ...values) {
  const client = await sdk;
  if (!client) return;
  client[method](...values);
  await client.flush();
}

/** Whether the visitor lets the shop keep something in the browser. */
export const maySave = async () => (await sdk)?.consentState == "granted";

/** Products for this visitor, as `POST /recommend` answers. */
export async function recommend(question) {
  const client = await sdk;
  if (client) {
    try {
      return await client.recommend(question);
    } catch (error) {
      console.warn(error);
    }
  }
  return readList("popular", { limit: question.limit, category: question.category });
}

/** Call back with the answer to `question`, and with each new one, until `signal` is aborted. */
export async function follow(question, callback, signal) {
  const client = await sdk;
  if (signal.aborted) return;
  let waiting,
    latest = 0;
  const ask = async () => {
    const turn = ++latest;
    const answer = await recommend(question);
    if (turn == latest && !signal.aborted) callback(answer);
  };
  if (!client?.onRecommendations) return ask();
  // What is pushed is newer than what was asked for; where nothing is pushed in time, the shop asks.
  const expect = () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PUSH_MS);
  };
  const pushed = (answer) => {
    clearTimeout(waiting);
    latest++;
    if (!signal.aborted) callback(answer);
  };
  const ends = [
    client.onRecommendations(pushed, question),
    client.on("sent", ({ events }) => events.every((event) => QUIET.has(event.event_type)) || expect()),
    () => clearTimeout(waiting),
  ];
  signal.addEventListener("abort", () => ends.forEach((end) => end()));
  expect();
}
