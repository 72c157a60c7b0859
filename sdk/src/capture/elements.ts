import type { Props } from "../types";

export const PRODUCT = "[data-shelflife-product-id]";
export const EVENT = "[data-shelflife-event]";

/** The nearest element that `selector` matches, from where an event happened. */
export const nearest = (event: Event, selector: string): HTMLElement | null | undefined =>
  (event.target as Partial<HTMLElement> | null)?.closest?.(selector);

/** What an element's `data-shelflife-*` say, and those around it: `data-shelflife-product-id` is `product_id`. */
export function described(element: Element): Props {
  const props: Props = {};
  for (let at: Element | null = element; at; at = at.parentElement) {
    for (const [key, value] of Object.entries((at as HTMLElement).dataset || {})) {
      const name = key.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());
      if (name.startsWith("shelflife_") && name != "shelflife_event") props[name.slice(10)] ??= value;
    }
  }
  return props;
}
