/** The cart, and what goes with it. */

import { cart, setQuantity, total } from "../basket.js";
import { on } from "../bus.js";
import { picture } from "../cards.js";
import { report } from "../client.js";
import { h, price, productPath } from "../dom.js";
import { liveShelf } from "../shelf.js";

export function cartPage({ signal }) {
  const body = h("div", { class: "cart" });
  const draw = () => body.replaceChildren(...(cart.size ? [items(), summary()] : [empty()]));
  on("cart", draw, signal);
  draw();
  if (cart.size) report("track", "view_cart");
  const node = h(
    "div",
    { class: "page" },
    h("h1", {}, "Your cart"),
    body,
    liveShelf("Goes with your cart", { placement: "cart", exclude: [...cart.keys()] }, { size: 5, signal }),
  );
  return { title: "Cart", node };
}

const empty = () =>
  h(
    "div",
    { class: "nothing" },
    h("p", {}, "There is nothing in it yet."),
    h("p", {}, h("a", { class: "button", href: "/" }, "Look around")),
  );

function items() {
  return h(
    "ul",
    { class: "lines" },
    [...cart].map(([id, { quantity, product }]) => {
      const choose = h(
        "select",
        {
          "aria-label": `Quantity of ${product.name}`,
          onchange: (event) => setQuantity(id, Number(event.target.value)),
        },
        options(quantity),
      );
      const remove = h(
        "button",
        { class: "link", type: "button", "aria-label": `Remove ${product.name}`, onclick: () => setQuantity(id, 0) },
        "Remove",
      );
      return h(
        "li",
        { class: "line" },
        h("a", { href: productPath(id), tabindex: -1, "aria-hidden": "true" }, picture(product)),
        h(
          "div",
          { class: "line-words" },
          h("span", { class: "brand" }, product.brand || ""),
          h("a", { href: productPath(id) }, product.name),
          h("span", { class: "line-tools" }, choose, remove),
        ),
        h("span", { class: "price" }, price(quantity * (product.price || 0))),
      );
    }),
  );
}

const options = (quantity) =>
  Array.from({ length: Math.max(9, quantity) }, (_, n) =>
    h("option", { value: n + 1, selected: n + 1 == quantity }, n + 1),
  );

/** What it comes to, and the way on. */
export function summary(isLast = false) {
  const row = (name, amount, className = "") => h("div", { class: className }, h("dt", {}, name), h("dd", {}, amount));
  return h(
    "section",
    { class: "summary", "aria-label": "Sum" },
    h("dl", {}, row("Products", price(total())), row("Delivery", "Free"), row("Total", price(total()), "sum")),
    !isLast && h("a", { class: "button", href: "/checkout" }, "Go to checkout"),
  );
}
