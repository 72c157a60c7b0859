import type { Client, Props } from "../types";

/** Google's names of events; the service knows them, and lists of products that nobody may have seen are left out. */
const EVENTS = /^(view_item|select_item|(add|remove)_(to|from)_cart|add_to_wishlist|view_cart|begin_checkout|purchase|refund|search)$/;

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
    if (EVENTS.test(name as string)) client.track(name as string, translated((params || {}) as Props));
  };
  layer.push = function (...entries) {
    entries.forEach(read);
    return push.apply(this, entries);
  };
  layer.forEach(read);
}

const translated = ({ items, transaction_id, value, currency, search_term }: Props): Props => ({
  order_id: transaction_id,
  value,
  currency,
  query: search_term,
  items: (items as Props[] | undefined)?.map(({ item_id, price, quantity }) => ({ product_id: item_id, price, quantity })),
});
