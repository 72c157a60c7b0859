/** Filters of a list. A choice goes into the address, and the page is drawn anew from there. */

import { report } from "../client.js";
import { h } from "../dom.js";
import { go } from "../router.js";

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

/** A box of filters, on small screens one that opens; `fill` draws them when it is known what there is to choose. */
export function filterBox(chosen, signal) {
  const form = h("form", { class: "filters", "aria-label": "Filters" });
  form.addEventListener("change", () => apply(new FormData(form)));
  form.addEventListener("submit", (event) => event.preventDefault());
  const summary = h("summary", { class: "button quiet" }, "Sort and filter");
  const node = h("details", { class: "filter-box", open: WIDE.matches || isOpen }, summary, form);
  node.addEventListener("toggle", () => (isOpen = node.open && !WIDE.matches));
  WIDE.addEventListener("change", () => (node.open = WIDE.matches || isOpen), { signal });
  return { node, fill: (facets) => fillFilters(form, facets, chosen) };
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
  const isNarrowed = Object.keys(chosen).some((name) => name != "q");
  const clear = () => apply(new FormData());
  const parts = [
    sorting(chosen),
    facets.brands.length > 0 && brands(facets.brands, new Set(chosen.brand)),
    facets.min_price != null && prices(facets, chosen),
    isNarrowed && h("button", { class: "button quiet", type: "button", onclick: clear }, "Clear filters"),
  ];
  form.replaceChildren(...parts.filter(Boolean));
}

function sorting({ sort: [current] = [] }) {
  const options = Object.entries(SORTS).map(([value, label]) =>
    h("option", { value, selected: current == value }, label),
  );
  const select = h("select", { id: "sort", name: "sort" }, options);
  return h("div", { class: "field" }, h("label", { for: "sort" }, "Sort by"), select);
}

function brands(counted, checked) {
  const shown = counted.filter(({ name }, index) => index < BRANDS || checked.has(name));
  const choice = ({ name, products }, index) => {
    const input = { type: "checkbox", name: "brand", id: `brand-${index}`, value: name, checked: checked.has(name) };
    const number = h("span", { class: "number" }, products);
    return h("label", { class: "check" }, h("input", input), h("span", {}, name), number);
  };
  return h("fieldset", {}, h("legend", {}, "Brand"), shown.map(choice));
}

function prices({ min_price, max_price }, chosen) {
  const bounds = [
    bound("min_price", "From", min_price, chosen.min_price),
    bound("max_price", "To", max_price, chosen.max_price),
  ];
  return h("fieldset", {}, h("legend", {}, "Price"), h("div", { class: "range" }, bounds));
}

function bound(name, label, limit, [value = ""] = []) {
  const kind = { type: "number", id: name, name, min: 0, step: "any", inputmode: "decimal" };
  return h("label", {}, h("span", {}, label), h("input", { ...kind, value, placeholder: limit }));
}
