/** Events as they are queued, and as they arrive. */

import { sdk } from "./client.js";
import { h } from "./dom.js";

const KEPT = 12;

export function eventsPart() {
  const list = h("ol", { class: "events" });
  const nothing = h("p", { class: "note" }, "None yet.");
  sdk.then((client) => {
    client?.on("event", (event) => {
      nothing.hidden = true;
      list.prepend(row(event));
      while (list.children.length > KEPT) list.lastChild.remove();
    });
    client?.on("sent", ({ events, ms }) =>
      events.forEach((event) => mark(list, event, `${Math.round(ms)} ms`, "sent")),
    );
    client?.on("error", (error) => (error.events || []).forEach((event) => mark(list, event, "refused", "refused")));
  });
  return h(
    "section",
    { class: "part", "aria-labelledby": "events-title" },
    h("h3", { id: "events-title" }, "Events, as they are sent"),
    nothing,
    list,
  );
}

function row(event) {
  const about =
    event.product_id ||
    event.query ||
    event.category ||
    (event.user_id && event.event_type == "identify" && event.user_id) ||
    (event.items ? `${event.items.length} products` : "");
  const time = new Date(event.timestamp).toLocaleTimeString([], {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  return h(
    "li",
    { "data-event": event.event_id },
    h("time", { datetime: event.timestamp }, time),
    h("span", { class: "event-type" }, event.event_type),
    h("span", { class: "event-about" }, about),
    h("span", { class: "event-state" }, "queued"),
  );
}

function mark(list, event, text, state) {
  const item = list.querySelector(`[data-event="${CSS.escape(event.event_id)}"]`);
  if (!item) return;
  item.dataset.state = state;
  item.querySelector(".event-state").textContent = text;
}
