import type { Client } from "../types";

/** Who does nothing for longer than this is away. */
const IDLE_MS = 15e3;
const LEAST_MS = 1e3;
const LEAST_PORTION = 0.05;
const ACTIVITY = ["pointermove", "pointerdown", "keydown", "scroll", "touchstart"];

/**
 * How long the product of the page is looked at, and how far down. Reported when the page is left or hidden, each time
 * what was added since, for the service adds them up.
 */
export class Reading {
  product_: unknown;
  where_ = "";
  activeMs_ = 0;
  last_ = 0;
  deepest_ = 0;
  reported_ = 0;

  constructor(
    readonly client_: Client,
    readonly dwell_: boolean,
    readonly scroll_: boolean,
  ) {
    client_.on("event", ({ event_type, product_id }) => {
      const gone = event_type == "page" && location.href != this.where_;
      if (gone || (event_type == "view" && product_id != this.product_)) this.begin_(gone ? undefined : product_id);
    });
    client_.on("leave", () => this.report_());
    for (const type of ACTIVITY) addEventListener(type, () => this.act_(type), { passive: true, capture: true });
    document.addEventListener("visibilitychange", () => (this.last_ = performance.now()));
  }

  begin_(product: unknown): void {
    this.report_();
    this.product_ = product;
    this.where_ = location.href;
    this.last_ = performance.now();
    this.activeMs_ = this.deepest_ = this.reported_ = 0;
  }

  act_(type: string): void {
    const now = performance.now();
    this.activeMs_ += Math.min(now - this.last_, IDLE_MS);
    this.last_ = now;
    if (type != "scroll") return;
    const { scrollHeight } = document.documentElement;
    this.deepest_ = Math.max(this.deepest_, Math.min((scrollY + innerHeight) / scrollHeight, 1));
  }

  report_(): void {
    const { client_: client, product_: product_id } = this;
    if (!product_id) return;
    // Time since the last sign of life counts, too; a page that is hidden already has had its last sign.
    this.act_("");
    const duration_ms = Math.round(this.activeMs_);
    const portion = +(this.deepest_ - this.reported_).toFixed(3);
    if (this.dwell_ && duration_ms >= LEAST_MS) {
      this.activeMs_ = 0;
      client.track("dwell", { product_id, duration_ms });
    }
    if (this.scroll_ && portion >= LEAST_PORTION) {
      this.reported_ = this.deepest_;
      client.track("scroll", { product_id, portion });
    }
  }
}
