/** Checkout: an order is one purchase event. What is typed here stays in the page. */

import { buy, cart } from "../basket.js";
import { report, sdk } from "../client.js";
import { h } from "../dom.js";
import { liveShelf } from "../shelf.js";
import { summary } from "./cart.js";

export function checkoutPage({ signal }) {
  const node = h("div", { class: "page" }, h("h1", {}, "Checkout"));
  if (!cart.size) {
    node.append(h("p", { class: "nothing" }, "Your cart is empty. ", h("a", { href: "/" }, "Look around")));
    return { title: "Checkout", node };
  }
  report("track", "begin_checkout");
  const form = h(
    "form",
    { class: "checkout-form" },
    field("name", "Name", "name"),
    field("street", "Street and number", "street-address"),
    h("div", { class: "two" }, field("postcode", "Postcode", "postal-code"), field("city", "City", "address-level2")),
    h(
      "p",
      { class: "note" },
      "This is a sample shop: nothing is charged or sent, and the address does not leave this page.",
    ),
    h("button", { class: "button" }, "Buy now"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    report("formSubmit", "checkout");
    const order = buy();
    node.replaceChildren(...thanks(order, signal));
    node.querySelector("h1").focus();
  });
  sdk.then((client) => (form.name.value ||= client?.userId || ""));
  node.append(h("div", { class: "cart" }, form, summary(true)));
  return { title: "Checkout", node };
}

const field = (name, label, autocomplete) =>
  h(
    "div",
    { class: "field" },
    h("label", { for: name }, label),
    h("input", { id: name, name, autocomplete, required: true, maxlength: 200 }),
  );

function thanks(order, signal) {
  return [
    h(
      "section",
      { class: "thanks" },
      h("h1", { tabindex: -1 }, "Thank you"),
      h("p", {}, "Order ", h("strong", {}, order), " is yours. What you bought leaves your shelves."),
      h("a", { class: "button", href: "/" }, "Back to the shop"),
    ),
    liveShelf("What others took next", { placement: "order" }, { size: 5, signal }),
  ];
}
