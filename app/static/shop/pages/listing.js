/** A list of products with filters, for categories and for searches. What is chosen stands in the address. */

import { findProducts } from "../api.js";
import { card, ghost } from "../cards.js";
import { h, say } from "../dom.js";
import { filterBox } from "./filters.js";

const PAGE = 24;
const KEPT = ["q", "sort", "brand", "min_price", "max_price"];

/** The filters and products of `asked`, narrowed by the page's own query. `whenEmpty` is called if there are none. */
export function listing(asked, query, signal, whenEmpty) {
  const chosen = Object.fromEntries(
    KEPT.map((name) => [name, query.getAll(name).filter(Boolean)]).filter(([, values]) => values.length),
  );
  const grid = h("ul", { class: "grid", "aria-busy": "true" }, Array.from({ length: 8 }, ghost));
  const count = h("p", { class: "count" }, "\u00a0");
  const more = h("button", { class: "button quiet", type: "button", hidden: true }, "Show more");
  const filters = filterBox(chosen, signal);
  const load = async (offset) => {
    const found = await findProducts({ ...asked, ...chosen, limit: PAGE, offset, facets: offset ? "no" : "yes" });
    if (signal.aborted) return;
    const items = found.products.map((product) => card(product));
    if (offset) grid.append(...items);
    else {
      grid.replaceChildren(...items);
      filters.fill(found.facets);
      if (!found.total) whenEmpty?.(grid);
    }
    count.textContent = found.total == 1 ? "1 product" : `${found.total} products`;
    say(count.textContent);
    more.hidden = offset + PAGE >= found.total;
    more.onclick = async () => {
      await load(offset + PAGE);
      grid.children[offset + PAGE]?.querySelector("a").focus();
    };
  };
  const refuse = async (error) => {
    grid.replaceChildren(h("li", { class: "problem", role: "alert" }, error.message));
    // Whoever chose what makes no sense can choose again.
    filters.fill((await findProducts({ ...asked, limit: 1, facets: "yes" })).facets);
  };
  load(0)
    .catch(refuse)
    .finally(() => grid.removeAttribute("aria-busy"));
  return h("div", { class: "listing" }, filters.node, h("div", { class: "results" }, count, grid, more));
}
