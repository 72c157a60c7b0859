/** A product as it stands on a shelf, in a list, and while it is still awaited. */

import { bought, toggleWish, wishlist } from "./basket.js";
import { on } from "./bus.js";
import { report } from "./client.js";
import { h, icon, price, productPath } from "./dom.js";

/** `shown` has where the product stands: `recommendation_id`, `position`, `placement`, and the `reason` in words. */
export function card(product, shown = {}) {
  const { product_id: id, name, brand } = product;
  const { reason, ...where } = shown;
  const clicked = () => where.recommendation_id && report("click", id, where);
  const link = h(
    "a",
    { class: "card-link", href: productPath(id), onclick: clicked },
    picture(product),
    text("brand", brand),
    text("name", name || id),
  );
  const marks = where.recommendation_id && {
    "data-shelflife-product-id": id,
    "data-shelflife-recommendation-id": where.recommendation_id,
    "data-shelflife-position": where.position,
    "data-shelflife-placement": where.placement,
  };
  return h(
    "li",
    { class: "card", "data-id": id, ...marks },
    link,
    heart(product),
    text("price", price(product.price)),
    reason && h("p", { class: "reason" }, reason),
  );
}

const text = (name, content) => content && h("span", { class: name }, content);

/** The drawings have the name below; it stands beside them here, so that part is cut off. */
export const picture = (product, eager = false) =>
  h(
    "span",
    { class: "picture" },
    h("img", {
      src: product.image_url || `/sample/images/${encodeURIComponent(product.product_id)}.svg`,
      alt: "",
      width: 480,
      height: 480,
      loading: eager ? "eager" : "lazy",
      decoding: "async",
    }),
  );

/** A button that puts the product on the wishlist, and takes it off. */
export function heart(product, signal) {
  const button = h(
    "button",
    { class: "heart", type: "button", "aria-label": `Wishlist: ${product.name}`, onclick: () => toggleWish(product) },
    icon("heart"),
  );
  const show = () => button.setAttribute("aria-pressed", wishlist.has(product.product_id));
  show();
  hearts.add(new WeakRef(button));
  button.showWish = show;
  return button;
}

// Buttons come and go with shelves; those that are gone are forgotten when the wishlist changes.
const hearts = new Set();
on("wishlist", () => {
  for (const reference of hearts) {
    const button = reference.deref();
    if (button?.isConnected) button.showWish();
    else if (!button) hearts.delete(reference);
  }
});

export const ghost = () =>
  h(
    "li",
    { class: "card ghost", "aria-hidden": "true" },
    h("span", { class: "picture" }),
    h("span", { class: "name" }),
    h("span", { class: "price" }),
  );

/** Recommended products without those that were bought, with what a card needs to know of them. */
export function fromAnswer(answer, limit) {
  return answer.recommendations
    .filter((one) => !bought.has(one.product_id))
    .slice(0, limit)
    .map((one) => ({
      product: { product_id: one.product_id, ...one.product },
      shown: {
        recommendation_id: answer.recommendation_id,
        position: one.rank,
        placement: answer.placement,
        reason: one.reason.text,
      },
    }));
}
