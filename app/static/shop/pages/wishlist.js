/** The wishlist, by what this browser and the visitor's profile say. */

import { productsOf } from "../api.js";
import { wishlist } from "../basket.js";
import { on } from "../bus.js";
import { card } from "../cards.js";
import { h } from "../dom.js";
import { liveShelf } from "../shelf.js";

export function wishlistPage({ signal }) {
  const grid = h("ul", { class: "grid" });
  const draw = async () => {
    const products = await productsOf([...wishlist]);
    if (signal.aborted) return;
    grid.replaceChildren(...products.map((product) => card(product)));
    if (!products.length)
      grid.append(h("li", { class: "nothing" }, "Nothing yet. The heart on a product puts it here."));
  };
  on("wishlist", draw, signal);
  draw();
  const node = h(
    "div",
    { class: "page" },
    h("h1", {}, "Your wishlist"),
    grid,
    liveShelf("You may also like", { placement: "wishlist" }, { size: 5, signal }),
  );
  return { title: "Wishlist", node };
}
