/** Home: what this visitor is likely to want, what they saw, what everybody wants, and what is new. */

import { findProducts, productsOf, readCategories, readList } from "../api.js";
import { bought } from "../basket.js";
import { picture } from "../cards.js";
import { on } from "../bus.js";
import { categoryPath, h } from "../dom.js";
import { viewed } from "../profile.js";
import { listShelf, liveShelf, shelf } from "../shelf.js";

const TILES = 6;
const RECENT = 5;

export function homePage({ signal }) {
  return {
    title: "",
    node: h(
      "div",
      { class: "page home" },
      hero(),
      liveShelf("Recommended for you", { placement: "home", exclude_seen: true }, { size: 10, signal }),
      recentShelf(signal),
      listShelf("Trending now", readList("trending", { limit: 15 }), {
        signal,
        note: "What visitors want more than usual",
      }),
      listShelf("New in", readList("new", { limit: 15 }), { signal }),
    ),
  };
}

function hero() {
  const tiles = h(
    "ul",
    { class: "tiles" },
    Array.from({ length: TILES }, () =>
      h("li", { class: "tile ghost", "aria-hidden": "true" }, h("span", { class: "picture" })),
    ),
  );
  fillTiles(tiles);
  return h(
    "section",
    { class: "hero", "aria-labelledby": "hero-title" },
    h(
      "div",
      { class: "hero-words" },
      h("p", { class: "eyebrow" }, "The general store"),
      h("h1", { id: "hero-title" }, "Good everyday things, and a shelf that is yours."),
      h("p", {}, "Look around. With each product you open, the shelf below changes for you, in well under a second."),
    ),
    tiles,
  );
}

async function fillTiles(tiles) {
  const { categories } = await readCategories();
  const tops = categories
    .filter(({ name }) => !name.includes(" > "))
    .sort((one, other) => other.products - one.products);
  const found = await Promise.all(
    tops.slice(0, TILES).map(async (category) => {
      const { products } = await findProducts({ category: category.name, limit: 1 });
      return products[0] && tile(category, products[0]);
    }),
  );
  tiles.replaceChildren(...found.filter(Boolean));
}

const tile = ({ name, products }, product) =>
  h(
    "li",
    { class: "tile" },
    h(
      "a",
      { href: categoryPath(name) },
      picture(product, true),
      h("span", { class: "tile-name" }, name),
      h("span", { class: "tile-count" }, `${products} products`),
    ),
  );

/** What the visitor looked at, as the service has it: also on another of their devices. */
function recentShelf(signal) {
  const made = shelf("Recently viewed", { size: RECENT, mayHide: true });
  const fill = async () => {
    const products = await productsOf(
      viewed()
        .filter((id) => !bought.has(id))
        .slice(0, RECENT),
    );
    if (!signal.aborted) made.show(products.map((product) => ({ product })));
  };
  on("profile", fill, signal);
  on("bought", fill, signal);
  fill();
  return made.node;
}
