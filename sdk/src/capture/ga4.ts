import type { Client, Item, Props } from "../types";

/** Google's names of events. Lists of products are left out: nobody may have seen them. */
const EVENTS = /^(view_item|select_item|add_to_cart|remove_from_cart|add_to_wishlist|view_cart|begin_checkout|purchase|search)$/;
const TYPES: Record<string, string> = { view_item: "view", select_item: "click" };

type Entry = { event?: string; ecommerce?: Props } & Props;
type Layer = { push(...entries: Entry[]): number } & Entry[];

/** Reports the e-commerce events of `gtag` and of Tag Manager's data layer, those of before, too. */
export function bridgeGa4(client: Client): void {
  const page = window as { dataLayer?: Layer };
  const layer = (page.dataLayer ||= [] as unknown as Layer);
  const push = layer.push;
  const read = (entry: Entry) => {
    // What gtag pushes is its arguments: "event", the name, and its parameters.
    const [name, params] = entry?.[0] == "event" ? [entry[1], entry[2]] : [entry?.event, entry?.ecommerce || entry];
    if (EVENTS.test(name as string)) report(client, name as string, (params || {}) as Props);
  };
  layer.push = function (...entries) {
    entries.forEach(read);
    return push.apply(this, entries);
  };
  layer.forEach(read);
}

function report(client: Client, name: string, { items, transaction_id, value, currency, search_term }: Props): void {
  const products = ((items || []) as Props[]).map(
    ({ item_id, price, quantity }) => ({ product_id: item_id, price, quantity }) as Item,
  );
  const props = { order_id: transaction_id, value, currency, query: search_term };
  if (name == "purchase") return client.purchase(products, props);
  client.track(TYPES[name] || name, { ...props, ...(products[1] ? { items: products } : products[0]) });
}
