import type { Recommendation } from "./types";

export type Card = ReturnType<typeof createCard>;

/** An element with a `part` name, by which the page's style finds it. */
export function make<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, part: string, ...inside: Node[]) {
  const element = document.createElement(tag);
  element.setAttribute("part", part);
  element.append(...inside);
  return element;
}

/** The address if it leads to a page: what the catalogue says must not be run. */
const safe = (url: unknown) => {
  try {
    if (/^http/.test(new URL(url as string, document.baseURI).protocol)) return url as string;
  } catch {}
};

/** Does not write what is there already, so that an image is not loaded again. */
const set = (element: Element, name: string, value?: string) => {
  if (!value) element.removeAttribute(name);
  else if (value != element.getAttribute(name)) element.setAttribute(name, value);
};

/** A price as the page's language writes it, in `currency` if the page says which. */
const money = (price: number, currency: string) => {
  try {
    return price.toLocaleString(
      document.documentElement.lang || undefined,
      currency ? { style: "currency", currency } : { minimumFractionDigits: 2 },
    );
  } catch {
    // A language or currency that the browser does not know must not cost the shop its shelf.
    return price + "";
  }
};

/**
 * A card for a product, which stays while the product does, or an empty one of the same height, for the skeleton. A
 * product without an address gets a button: there is nothing to follow, but keys reach it.
 */
export function createCard(item?: Recommendation) {
  const image = make("img", "");
  const texts = [make("span", "name"), make("b", "price"), make("small", "reason")];
  const link = make(!item || safe(item.product.url) ? "a" : "button", "link", make("i", "image", image), ...texts);
  const node = make("li", "item", link);
  image.alt = "";
  if (!item) node.setAttribute("aria-hidden", "true");
  return {
    node_: node,
    item_: item,
    fill_(item: Recommendation, currency: string) {
      const { name, price, url, image_url } = (this.item_ = item).product;
      const rows = [name || item.product_id, price == null ? "" : money(price, currency), item.reason.text];
      texts.forEach((text, row) => {
        if (text.textContent != rows[row]) text.textContent = rows[row]!;
      });
      set(link, "href", safe(url));
      set(image, "src", image_url);
    },
  };
}
