/** A titled row of products, that keeps its height while it is filled and changes in place. */

import { card, fromAnswer, ghost } from "./cards.js";
import { emit, on } from "./bus.js";
import { follow } from "./client.js";
import { h, say } from "./dom.js";

let number = 0;

/** A shelf of up to `size` products. `show` takes `[{product, shown}]`; an empty list hides a shelf that may be. */
export function shelf(title, { size = 5, note = "", className = "", mayHide = false } = {}) {
  const id = `shelf-${++number}`;
  const list = h("ul", { class: "row", "aria-busy": "true" }, Array.from({ length: size }, ghost));
  const heading = h("h2", { id }, title);
  const remark = h("span", { class: "note" }, note);
  const node = h(
    "section",
    { class: `shelf ${className}`, "aria-labelledby": id },
    h("header", {}, heading, remark),
    list,
  );
  if (mayHide) node.hidden = true;
  const show = (entries, { title: other, note: another } = {}) => {
    const had = new Map([...list.querySelectorAll("[data-id]")].map((item) => [item.dataset.id, item]));
    const isChange = had.size > 0;
    const restoreFocus = rememberFocus(list);
    const items = entries.slice(0, size).map(({ product, shown }) => {
      const item = card(product, shown);
      if (isChange && !had.has(product.product_id)) item.classList.add("arrived");
      return item;
    });
    list.replaceChildren(...items);
    list.removeAttribute("aria-busy");
    restoreFocus();
    node.hidden = mayHide && !items.length;
    if (other) heading.textContent = other;
    if (another != null) remark.textContent = another;
  };
  return { node, show };
}

/** Who was on a product that is still here stays on it; or else on what takes its place. */
function rememberFocus(list) {
  const held = document.activeElement;
  const at = [...list.children].findIndex((item) => item.contains(held));
  const { id } = list.children[at]?.dataset ?? {};
  return () => {
    const items = [...list.children];
    const heir = items.find((item) => item.dataset.id == id) ?? items[Math.min(at, items.length - 1)];
    if (id) heir?.querySelector(held.localName)?.focus({ preventScroll: true });
  };
}

const MORE = 12; // so that there is enough left when bought products are taken out

/** A shelf of what is recommended, that follows the visitor. */
export function liveShelf(title, question, { size = 10, signal, ...options }) {
  const made = shelf(title, { size, ...options, className: "live" });
  let latest,
    shown = "";
  const draw = () => {
    const entries = fromAnswer(latest, size);
    const ids = entries.map(({ product, shown: { reason } }) => product.product_id + reason).join();
    if (ids == shown) return;
    if (shown) say(`${title} has changed.`);
    shown = ids;
    made.show(entries, { note: latest.fallback ? "Popular with everybody, until we know you" : "" });
  };
  const take = (answer) => {
    latest = answer;
    emit("pushed", answer);
    draw();
  };
  on("bought", () => latest && draw(), signal);
  follow({ exclude_purchased: true, limit: size + MORE, ...question }, take, signal);
  return made.node;
}

/** A shelf of a list that is the same for all. Without any product (that `keep` lets stand) it is not there. */
export function listShelf(title, asked, { signal, size = 5, keep = () => true, ...options }) {
  const made = shelf(title, { size, ...options });
  const show = (answer) => {
    const recommendations = (answer?.recommendations || []).filter(keep);
    if (recommendations.length) made.show(fromAnswer({ ...answer, recommendations }, size));
    else made.node.remove();
  };
  asked.then(
    (answer) => {
      if (signal.aborted) return;
      show(answer);
      on("bought", () => show(answer), signal);
    },
    () => made.node.remove(),
  );
  return made.node;
}
