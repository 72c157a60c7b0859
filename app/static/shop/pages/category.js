/** A category: the way to it, what is below it, its products, and what of it is for this visitor. */

import { readCategories } from "../api.js";
import { report } from "../client.js";
import { categoryPath, h, leaf } from "../dom.js";
import { liveShelf } from "../shelf.js";
import { listing } from "./listing.js";

let reported = "";

export function categoryPage({ parts, query, signal }) {
  const category = parts.join(" > ");
  if (reported != category) report("track", "view_category", { category }); // not once more for a filter
  reported = category;
  signal.addEventListener("abort", () => setTimeout(() => location.pathname.startsWith("/c/") || (reported = "")));
  const below = h("ul", { class: "chips", hidden: true });
  fillBelow(below, category);
  const empty = (grid) =>
    grid.append(
      h("li", { class: "nothing" }, "There is nothing here that fits. Choose fewer filters, or another department."),
    );
  return {
    title: leaf(category),
    node: h(
      "div",
      { class: "page" },
      crumbs(parts),
      h("h1", {}, leaf(category)),
      below,
      listing({ category }, query, signal, empty),
      liveShelf(`For you in ${leaf(category)}`, { placement: "category", category }, { size: 5, signal }),
    ),
  };
}

/** The way from home to a category, or to a product of it. */
export function crumbs(parts, isWhole = true) {
  const steps = parts.map((name, index) => {
    const isHere = isWhole && index == parts.length - 1;
    return h(
      "li",
      {},
      isHere
        ? h("span", { "aria-current": "page" }, name)
        : h("a", { href: categoryPath(parts.slice(0, index + 1).join(" > ")) }, name),
    );
  });
  return h(
    "nav",
    { class: "crumbs", "aria-label": "Breadcrumb" },
    h("ol", {}, h("li", {}, h("a", { href: "/" }, "Home")), steps),
  );
}

async function fillBelow(list, category) {
  const { categories } = await readCategories();
  const depth = category.split(" > ").length + 1;
  const children = categories.filter(
    ({ name }) => name.startsWith(`${category} > `) && name.split(" > ").length == depth,
  );
  list.append(
    ...children.map(({ name, products }) =>
      h("li", {}, h("a", { href: categoryPath(name) }, leaf(name), h("span", { class: "number" }, products))),
    ),
  );
  list.hidden = !children.length;
}
