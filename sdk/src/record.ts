import type { Delivery } from "./delivery";
import type { Identity } from "./identity";
import { random } from "./random";
import type { Item, Props } from "./types";
import type { Visitor } from "./visitor";

export type Track = (type: string, props?: Props) => void;

/** Makes events of what the page reports, and queues them. */
export class Recorder {
  constructor(
    readonly visitor_: Visitor,
    readonly delivery_: Delivery,
  ) {}

  record_(identity: Identity, now: number, event_type: string, props: Props): void {
    const { product_id, recommendation_id } = props;
    if (event_type == "click" && recommendation_id) identity.clicked(product_id as string, recommendation_id as string, now);
    this.delivery_.add_(this.visitor_.store_!, {
      event_type,
      event_id: now.toString(36) + random(8),
      timestamp: new Date(now).toISOString(),
      ...identity.stamp(now),
      ...props,
      recommendation_id: recommendation_id ?? (event_type == "impression" ? undefined : identity.cause(product_id, now)),
    });
  }

  track_: Track = (type, props = {}) => {
    this.visitor_.whenAllowed_((identity, now) => this.record_(identity, now, type, props));
  };

  /** An order is one event for each recommendation that its products come from; the first one bears its value. */
  purchase_(what: string | ReadonlyArray<string | Item>, props?: Props): void {
    if (!Array.isArray(what)) return this.track_("purchase", { product_id: what, ...props });
    this.visitor_.whenAllowed_((identity, now) => {
      const orders = new Map<unknown, Item[]>();
      for (const entry of what) {
        const item = typeof entry == "object" ? entry : { product_id: entry };
        const cause = item.recommendation_id ?? identity.cause(item.product_id, now);
        orders.set(cause, [...(orders.get(cause) || []), item]);
      }
      let value = props?.value;
      orders.forEach((items, recommendation_id) => {
        this.record_(identity, now, "purchase", { recommendation_id, ...props, value, items });
        value = undefined;
      });
    });
  }
}
