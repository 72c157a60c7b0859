// One visitor: what is known of them, and why they are shown what they are shown.
import { element, find, row, say } from "./dom.js";
import { writeAge, writeNumber } from "./numbers.js";
import { ask, askTwice } from "./service.js";

const form = find("inspector");
const kind = find("visitor-kind");
const visitor = find("visitor-id");
const placement = find("visitor-placement");
const MOST_INTERESTS = 5;
const MOST_MARKS = 12;
const STATES = [["cart", "in the cart"], ["wishlist", "on the wishlist"], ["purchases", "bought"], ["hidden", "hidden"],
  ["likes", "likes"], ["ratings", "ratings"]];

/** Shows a visitor, and where the page shows them. */
export function inspect(whoseKind, id) {
  kind.value = whoseKind;
  visitor.value = id;
  find("inspector-heading").scrollIntoView({ block: "start" });
  find("inspector-heading").focus({ preventScroll: true });
  return show();
}

async function show() {
  const id = visitor.value.trim();
  if (!id) return;
  window.history.replaceState(null, "", `#${new URLSearchParams({ [kind.value]: id })}`);
  say(find("inspector-state"), "Asking…");
  find("inspector-result").hidden = true;
  const where = kind.value === "user" ? "users" : "anonymous";
  const asked = [askTwice(`/v1/${where}/${encodeURIComponent(id)}`), askForList(id)];
  const [profile, list] = await Promise.allSettled(asked);
  // A stranger is shown something, too, and so is somebody whose profile cannot be read now.
  find("profile").hidden = profile.status === "rejected";
  if (profile.status === "fulfilled") showProfile(profile.value.body);
  find("why").hidden = list.status === "rejected";
  if (list.status === "fulfilled") showList(list.value);
  find("inspector-result").hidden = false;
  const failures = [profile, list].filter(({ status }) => status === "rejected").map(({ reason }) => `${sentence(reason.message)}.`);
  say(find("inspector-state"), [`${kind.value === "user" ? "User" : "Anonymous visitor"} ${id}.`, ...failures].join(" "));
}

function askForList(id) {
  const question = { [`${kind.value}_id`]: id, limit: 8, explain: true };
  if (placement.value) question.placement = placement.value;
  const headers = { "Content-Type": "application/json" };
  return ask("/recommend", { method: "POST", headers, body: JSON.stringify(question) });
}

function showProfile(profile) {
  const sentences = profile.summary.length ? profile.summary : ["No interest in any category is known."];
  const since = `First seen ${writeAge(profile.as_of - profile.first_seen)} ago, last ${writeAge(profile.as_of - profile.last_seen)} ago.`;
  find("profile-sentences").replaceChildren(...[since, ...sentences].map((text) => element("li", {}, text)));
  const interests = Object.entries(profile.interests).flatMap(([dimension, found]) =>
    found.slice(0, MOST_INTERESTS).map((interest) => row([
      element("span", {}, element("small", { class: "quiet" }, `${dimension.replace("_", " ")} `), interest.name),
      { number: writeNumber(interest.long_term - interest.long_term_negative) },
      { number: writeNumber(interest.session - interest.session_negative) },
    ])));
  find("profile-interests").replaceChildren(...interests);
  const marks = STATES.flatMap(([field, words]) => profile[field].length ? [[words, listMarks(profile[field].map(markOf))]] : []);
  const counts = Object.entries(profile.counts).map(([type, count]) => `${type} ${count}`).join(", ");
  const recent = listMarks(profile.recent.map((one) => `${one.type} ${one.product_id}`));
  const facts = [["events", counts], ["lately", recent], ...marks].filter(([, text]) => text);
  find("profile-facts").replaceChildren(...facts.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]));
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function listMarks(texts) {
  const more = texts.length - MOST_MARKS;
  return texts.slice(0, MOST_MARKS).join(", ") + (more > 0 ? `, and ${more} more` : "");
}

function markOf(mark) {
  return mark.value === undefined ? mark.product_id : `${mark.product_id} (${writeNumber(mark.value)})`;
}

function showList({ body, ms }) {
  const degraded = body.degraded ? " The profile could not be read." : "";
  const fallback = body.fallback ? ` Nothing personal is known: ${body.fallback} products.` : "";
  say(find("list-state"), `${body.recommendations.length} products in ${writeNumber(ms)} ms, strategy ${body.strategy}.${degraded}${fallback}`);
  find("list").replaceChildren(...body.recommendations.map(renderPick));
}

function renderPick(pick) {
  const parts = Object.entries(pick.explanation ?? {}).map(([name, value]) => row([name, { number: writeNumber(value) }]));
  const head = element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Part of the score"), element("th", { scope: "col", class: "number" }, "Value")));
  const numbers = element("details", {}, element("summary", {}, `Score ${writeNumber(pick.score)}`), element("table", {}, head, element("tbody", {}, ...parts)));
  return element("li", {},
    element("strong", {}, pick.product.name || pick.product_id), " ", element("small", { class: "quiet" }, pick.product_id),
    element("p", {}, pick.reason.text),
    element("p", { class: "quiet" }, `Spoken for by ${pick.sources.join(", ").replaceAll("_", " ")}`),
    numbers,
  );
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});

/** Shows the visitor that the address names, if it does: `#user=ann` or `#anonymous=b1`. */
export function inspectAddress() {
  const named = new URLSearchParams(location.hash.slice(1));
  for (const one of ["user", "anonymous"]) if (named.get(one)) inspect(one, named.get(one));
}
