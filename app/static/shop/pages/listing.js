/** A list of products with filters, for categories and for searches. What is chosen stands in the address. */

import { findProducts } from "../api.js";
import { card, ghost } from "../cards.js";
import { report } from "../client.js";
import { h, price, say } from "../dom.js";
import { go } from "../router.js";

const PAGE = 24;
const BRANDS = 10;
const SORTS = {
  popular: "Most popular",
  price: "Price, low to high",
  "-price": "Price, high to low",
  new: "Newest",
  name: "Name",
};
const WIDE = matchMedia("(min-width: 901px)");
// Filters draw the page anew, and must not close the box that they are in.
let isOpen = false;
const KEPT = ["q", "sort", "brand", "min_price", "max_price"];

/** The filters and products of `asked`, narrowed by the page's own query. `whenEmpty` is called if there are none. */
export function listing(asked, query, signal, whenEmpty) {
  const chosen = Object.fromEntries(
    KEPT.map((name) => [name, query.getAll(name).filter(Boolean)]).filter(([, values]) => values.length),
  );
  const grid = h("ul", { class: "grid", "aria-busy": "true" }, Array.from({ length: 8 }, ghost));
  const count = h("p", { class: "count" }, "\u00a0");
  const more = h("button", { class: "button quiet", type: "button", hidden: true }, "Show more");
  const filters = h("form", { class: "filters", "aria-label": "Filters" });
  const load = async (offset) => {
    const found = await findProducts({ ...asked, ...chosen, limit: PAGE, offset, facets: offset ? "no" : "yes" });
    if (signal.aborted) return;
    const items = found.products.map((product) => card(product));
    if (offset) grid.append(...items);
    else {
      grid.replaceChildren(...items);
      grid.removeAttribute("aria-busy");
      fillFilters(filters, found.facets, chosen);
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
  filters.addEventListener("change", () => apply(new FormData(filters)));
  filters.addEventListener("submit", (event) => event.preventDefault());
  load(0).catch((error) => grid.replaceChildren(h("li", { class: "problem", role: "alert" }, error.message)));
  const box = h(
    "details",
    { class: "filter-box", open: WIDE.matches || isOpen },
    h("summary", { class: "button quiet" }, "Sort and filter"),
    filters,
  );
  box.addEventListener("toggle", () => (isOpen = box.open && !WIDE.matches));
  return h("div", { class: "listing" }, box, h("div", { class: "results" }, count, grid, more));
}

function apply(form) {
  const query = new URLSearchParams();
  const q = new URLSearchParams(location.search).get("q");
  if (q) query.set("q", q);
  for (const [name, value] of form) if (value && !(name == "sort" && value == "popular")) query.append(name, value);
  report("filter", { filters: String(query) });
  const focused = document.activeElement?.id;
  const text = String(query);
  const top = scrollY;
  go(location.pathname + (text ? `?${text}` : ""), { replace: true });
  scrollTo(0, top);
  focusAgain(focused);
}

/** The filters are drawn anew with the next answer: who was on one of them stays there. */
function focusAgain(id) {
  if (!id) return;
  const watch = new MutationObserver(() => {
    const element = document.getElementById(id);
    if (!element) return;
    element.focus({ preventScroll: true });
    watch.disconnect();
  });
  watch.observe(document.getElementById("main"), { childList: true, subtree: true });
  setTimeout(() => watch.disconnect(), 2000);
}

function fillFilters(form, facets, chosen) {
  const select = h(
    "select",
    { id: "sort", name: "sort" },
    Object.entries(SORTS).map(([value, label]) =>
      h("option", { value, selected: (chosen.sort || [])[0] == value }, label),
    ),
  );
  const checked = new Set(chosen.brand || []);
  const brands = facets.brands.filter(({ name }, index) => index < BRANDS || checked.has(name));
  form.replaceChildren(
    ...[
      h("div", { class: "field" }, h("label", { for: "sort" }, "Sort by"), select),
      brands.length > 0 &&
        h(
          "fieldset",
          {},
          h("legend", {}, "Brand"),
          brands.map(({ name, products }, index) =>
            h(
              "label",
              { class: "check" },
              h("input", {
                type: "checkbox",
                name: "brand",
                id: `brand-${index}`,
                value: name,
                checked: checked.has(name),
              }),
              h("span", {}, name),
              h("span", { class: "number" }, products),
            ),
          ),
        ),
      facets.min_price != null &&
        h(
          "fieldset",
          {},
          h("legend", {}, "Price"),
          h(
            "div",
            { class: "range" },
            bound("min_price", "From", facets.min_price, chosen),
            bound("max_price", "To", facets.max_price, chosen),
          ),
        ),
      Object.keys(chosen).some((name) => name != "q") &&
        h("button", { class: "button quiet", type: "button", onclick: () => apply(new FormData()) }, "Clear filters"),
    ].filter(Boolean),
  );
}

const bound = (name, label, value, chosen) =>
  h(
    "label",
    {},
    h("span", {}, label),
    h("input", {
      type: "number",
      id: name,
      name,
      min: 0,
      step: "any",
      inputmode: "decimal",
      value: chosen[name]?.[0] ?? "",
      placeholder: price(value),
    }),
  );
