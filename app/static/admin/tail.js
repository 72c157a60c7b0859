// The newest events of the log, as they come.
import { element, find, say } from "./dom.js";
import { writeClock, writeNumber } from "./numbers.js";
import { ask } from "./service.js";
import { mergeEntries, nextLimit } from "./entries.js";

const MOST_ROWS = 100;
const body = find("tail");
const filter = find("tail-filter");
const button = find("tail-pause");
let entries = [];
let limit = 50;
let paused = false;

/** Whether new events are wanted. */
export function isRunning() {
  return !paused;
}

/** Asks for the newest events and puts those on top that were not there. */
export async function follow(inspect) {
  const { body: answer } = await ask(`/v1/events/recent?limit=${limit}`);
  if (paused) return;
  const merged = mergeEntries(entries, answer.events, MOST_ROWS);
  limit = nextLimit(merged.fresh.length);
  entries = merged.entries;
  const rows = merged.fresh.map((entry) => renderEntry(entry, inspect));
  if (entries.length && body.querySelector(".nothing")) body.replaceChildren();
  body.prepend(...rows);
  while (body.rows.length > Math.max(entries.length, 1)) body.lastElementChild.remove();
  const missed = merged.hasGap ? " More came than could be shown." : "";
  say(find("tail-state"), `${entries.length} events.${missed}`);
  narrow();
}

function renderEntry({ event }, inspect) {
  const { kind, id } = event.visitor;
  const who = element("button", { type: "button", class: "link", onclick: () => inspect(kind, id) }, id);
  const about = event.product_id || event.query || event.order_id || "";
  const made = element("tr", {},
    element("th", { scope: "row" }, writeClock(event.timestamp)),
    element("td", {}, element("span", { class: `kind ${event.type}` }, event.type)),
    element("td", {}, about),
    element("td", {}, element("small", { class: "quiet" }, `${kind} `), who),
    element("td", { class: "number" }, writeNumber(event.weight ?? 0)),
    element("td", {}, event.placement ?? ""),
  );
  made.dataset.words = [event.type, about, id, kind].join(" ").toLowerCase();
  return made;
}

function narrow() {
  const wanted = filter.value.trim().toLowerCase();
  for (const row of body.rows) row.hidden = wanted !== "" && !(row.dataset.words ?? "").includes(wanted);
}

filter.addEventListener("input", narrow);
button.addEventListener("click", () => {
  paused = !paused;
  button.setAttribute("aria-pressed", String(paused));
  say(button, paused ? "Resume" : "Pause");
});
