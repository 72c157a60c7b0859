/** A product: what it is, buying it, saying what one thinks of it, and what goes with it. */

import { readList, readProduct } from "../api.js";
import { add, toggleWish, wishlist } from "../basket.js";
import { on } from "../bus.js";
import { heart, picture } from "../cards.js";
import { report } from "../client.js";
import { h, icon, leaf, price, say } from "../dom.js";
import { listShelf, liveShelf } from "../shelf.js";
import { crumbs } from "./category.js";

export function productPage({ parts, signal }) {
  const id = parts.join("/");
  const about = h("div", { class: "product", "aria-busy": "true" }, h("span", { class: "picture" }));
  const way = h("div", { class: "way" }, crumbs([]));
  const node = h(
    "div",
    { class: "page" },
    way,
    about,
    listShelf("Often bought together", readList("bought-together", { limit: 12 }, id), {
      signal,
      keep: (one) => one.reason.code == "bought_together",
    }),
    listShelf("Similar things", readList("similar", { limit: 12 }, id), { signal }),
    liveShelf("For you, beside this", { placement: "product", product_id: id }, { size: 5, signal }),
  );
  readProduct(id).then(
    (product) => !signal.aborted && fill(product, about, way),
    (error) => about.replaceChildren(h("p", { role: "alert" }, error.message)),
  );
  return { title: "Product", node };
}

function fill(product, about, way) {
  about.removeAttribute("aria-busy");
  if (!product) {
    about.classList.add("nothing");
    about.replaceChildren(
      h("h1", {}, "This product is not here any more"),
      h("p", {}, h("a", { href: "/" }, "See what else there is")),
    );
    return;
  }
  document.title = `${product.name} · Sundry`;
  report("view", product.product_id);
  const category = product.categories?.[0];
  if (category) way.replaceChildren(crumbs(category.split(" > "), false));
  about.replaceChildren(
    h("div", { class: "product-picture" }, picture(product, true), heart(product)),
    h(
      "div",
      { class: "product-words" },
      h("p", { class: "eyebrow" }, [product.brand, category && leaf(category)].filter(Boolean).join(" · ")),
      h("h1", {}, product.name),
      stars(product.attributes?.rating),
      h("p", { class: "product-price" }, price(product.price)),
      product.available === false ? h("p", { class: "problem" }, "Not available at the moment") : buying(product),
      details(product),
      rate(product),
    ),
  );
}

function stars(rating) {
  if (!(rating > 0)) return null;
  return h(
    "p",
    { class: "stars" },
    h("span", {
      class: "star-bar",
      style: { "--share": `${rating * 20}%` },
      role: "img",
      "aria-label": `Rated ${rating} of 5`,
    }),
    h("span", { "aria-hidden": "true" }, rating.toFixed(1)),
  );
}

function buying(product) {
  const quantity = h(
    "select",
    { id: "quantity" },
    [1, 2, 3, 4, 5].map((n) => h("option", { value: n }, n)),
  );
  const wish = h("button", { class: "button quiet", type: "button", onclick: () => toggleWish(product) });
  const showWish = () =>
    wish.replaceChildren(icon("heart"), wishlist.has(product.product_id) ? "On your wishlist" : "Add to wishlist");
  const stop = new AbortController();
  on("wishlist", () => (wish.isConnected ? showWish() : stop.abort()), stop.signal);
  showWish();
  return h(
    "div",
    { class: "buying" },
    h("label", { for: "quantity" }, "Quantity"),
    quantity,
    h(
      "button",
      { class: "button", type: "button", onclick: () => add(product, Number(quantity.value)) },
      icon("bag"),
      "Add to cart",
    ),
    wish,
  );
}

function details({ attributes = {}, tags = [] }) {
  const rows = Object.entries(attributes).filter(([name]) => name != "rating");
  if (!rows.length) return null;
  const words = (name) => name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());
  const value = (given) => (given === true ? "Yes" : given === false ? "No" : String(given));
  return h(
    "dl",
    { class: "details" },
    rows.map(([name, given]) => h("div", {}, h("dt", {}, words(name)), h("dd", {}, value(given)))),
    tags.length > 0 && h("div", {}, h("dt", {}, "Good for"), h("dd", {}, tags.join(", "))),
  );
}

function rate(product) {
  const thanks = h("span", { class: "note" });
  const choose = (number) => {
    report("rating", product.product_id, number);
    thanks.textContent = "Thank you, noted.";
    say(`You rated ${product.name} ${number} of 5.`);
  };
  const star = (number) =>
    h(
      "label",
      { class: "rate-star" },
      h("input", { type: "radio", name: "rating", value: number, onchange: () => choose(number) }),
      icon("star"),
      h("span", { class: "hidden" }, number == 1 ? "1 star" : `${number} stars`),
    );
  return h(
    "fieldset",
    { class: "rate" },
    h("legend", {}, "You have it? Rate it"),
    h("div", { class: "rate-stars" }, [1, 2, 3, 4, 5].map(star)),
    thanks,
  );
}
