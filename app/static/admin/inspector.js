// One visitor: what is known of them, and why they are shown what they are shown.
import { element, find, row, say } from "./dom.js";
import { writeAge, writeNumber } from "./numbers.js";
import { ask } from "./service.js";

const form = find("inspector");
const kind = find("visitor-kind");
const visitor = find("visitor-id");
const placement = find("visitor-placement");
const MOST_INTERESTS = 8;
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
  try {
    const where = kind.value === "user" ? "users" : "anonymous";
    const [profile, list] = await Promise.all([ask(`/v1/${where}/${encodeURIComponent(id)}`), askForList(id)]);
    showProfile(profile.body);
    showList(list);
    find("inspector-result").hidden = false;
    say(find("inspector-state"), `${kind.value === "user" ? "User" : "Anonymous visitor"} ${id}.`);
  } catch (error) {
    say(find("inspector-state"), `That did not work: ${error.message}.`);
  }
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
  const marks = STATES.flatMap(([field, words]) => profile[field].length ? [[words, profile[field].map(markOf).join(", ")]] : []);
  const counts = Object.entries(profile.counts).map(([type, count]) => `${type} ${count}`).join(", ");
  const recent = profile.recent.map((one) => `${one.type} ${one.product_id}`).join(", ");
  const facts = [["events", counts], ["lately", recent], ...marks].filter(([, text]) => text);
  find("profile-facts").replaceChildren(...facts.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]));
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
