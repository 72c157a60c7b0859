import type { Client } from "../types";
import { described, nearest, PRODUCT } from "./elements";

const LEAST_MS = 600;

/** How long the pointer rested on a product; the first time only. */
export function watchHover(client: Client): void {
  const told = new Set<unknown>();
  let current: Element | null | undefined;
  let since = 0;
  document.addEventListener("pointerover", (event) => {
    const element = nearest(event, PRODUCT);
    if (element == current) return;
    const props = current && described(current);
    const duration_ms = Math.round(event.timeStamp - since);
    if (props && duration_ms >= LEAST_MS && !told.has(props.product_id)) {
      told.add(props.product_id);
      client.track("hover", { ...props, duration_ms });
    }
    current = element;
    since = event.timeStamp;
  });
}
