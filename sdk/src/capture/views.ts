import type { Client, Props } from "../types";

/** Frameworks change what stands in the head a little after the address. */
const SETTLE_MS = 300;

type Data = { [name: string]: Data } & string;

/** A view of the product that the page says it is about, at the start and after each `page`. */
export function watchViews(client: Client): void {
  let last = "";
  const look = () => {
    const product = pageProduct();
    const key = location.href + " " + product?.product_id;
    if (product && key != last) client.track("view", product);
    last = key;
  };
  client.on("event", ({ event_type }) => {
    if (event_type == "page") setTimeout(look, SETTLE_MS);
  });
  if (document.readyState == "loading") document.addEventListener("DOMContentLoaded", look);
  else look();
}

/** By the structured data that shops have for search engines: a JSON-LD `Product`, else `og:` elements. */
export function pageProduct(): Props | undefined {
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    try {
      const product = findProduct(JSON.parse(script.textContent!));
      const product_id = product?.sku || product?.productID;
      if (product_id) return { product_id, price: [product.offers].flat()[0]?.price };
    } catch {}
  }
  const product_id = meta("product:retailer_item_id");
  if (product_id) return { product_id, price: meta("product:price:amount") };
}

/** The first `Product` in JSON-LD, which may be in lists, in `@graph`, or what a page is about. */
function findProduct(data: Data | Data[]): Data | undefined {
  for (const node of [data].flat()) {
    const found =
      [node?.["@type"]].flat().includes("Product" as Data) ? node
      : node?.["@graph"] || node?.mainEntity ? findProduct(node["@graph"] || node.mainEntity!)
      : undefined;
    if (found) return found;
  }
}

const meta = (property: string) => document.querySelector<HTMLMetaElement>(`meta[property="${property}"]`)?.content;
