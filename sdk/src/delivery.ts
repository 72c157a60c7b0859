import { failure } from "./http";
import type { Emit } from "./notices";
import { enqueue, nextBatch, packed } from "./queue";
import type { Store } from "./store";
import { exclusively } from "./tabs";
import type { ShelflifeEvent } from "./types";

const BATCH = 10;
export const WAIT_MS = 5e3;
const TIMEOUT_MS = 10e3;
const FIRST_RETRY_MS = 1e3;
const LAST_RETRY_MS = 60e3;
const RETRY_AFTER_MS = 300e3;
/** No answer at all, none of the service, or one that says so. */
const TRY_AGAIN = /^([0235]|408|425|429)/;

/** Sends what is queued: ten events or five seconds, whichever comes first. Nothing is removed before it has arrived. */
export class Delivery {
  timer_?: ReturnType<typeof setTimeout>;
  due_ = Infinity;
  fresh_ = 0;
  failures_ = 0;
  notBefore_ = 0;
  running_?: Promise<void> | undefined;

  constructor(
    readonly url_: string,
    /** Undefined while nothing may be stored or sent. */
    readonly store_: () => Store | undefined,
    readonly emit_: Emit,
  ) {}

  add_(store: Store, event: ShelflifeEvent): void {
    if (!enqueue(store, event)) return this.emit_("error", failure("event too large", { events: [event] }));
    this.emit_("event", event);
    this.schedule_(++this.fresh_ < BATCH ? WAIT_MS : 0);
  }

  schedule_(ms: number): void {
    const when = Math.max(Date.now() + ms, this.notBefore_);
    if (when >= this.due_) return;
    clearTimeout(this.timer_);
    this.due_ = when;
    this.timer_ = setTimeout(() => this.flush_(), when - Date.now());
  }

  async flush_(): Promise<void> {
    clearTimeout(this.timer_);
    this.due_ = Infinity;
    // A timer may be early, for it counts whole milliseconds.
    if (Date.now() < this.notBefore_) return this.schedule_(0);
    this.fresh_ = 0;
    // It may have looked for the last time already.
    if (this.running_) return this.running_.then(() => this.flush_());
    return (this.running_ = exclusively(this.store_(), () => this.drain_())
      .then((done) => {
        if (!done) this.schedule_(FIRST_RETRY_MS);
      })
      .finally(() => (this.running_ = undefined)));
  }

  async drain_(): Promise<void> {
    for (let store, names; (store = this.store_()) && navigator.onLine !== false; ) {
      names = nextBatch(store);
      if (!names.length || !(await this.send_(store, names))) return;
    }
  }

  /** @returns whether these events are dealt with. */
  async send_(store: Store, names: string[]): Promise<boolean> {
    const started = performance.now();
    const body = packed(store, names);
    let answer: Response | undefined, reply: { errors?: unknown[] } | undefined;
    try {
      answer = await fetch(this.url_, { method: "POST", body, keepalive: true, signal: AbortSignal.timeout?.(TIMEOUT_MS) });
      reply = await answer.json();
    } catch {}
    const status = answer?.status || 0;
    // What is good but no JSON is not of the service: a hotel's network may answer with its own page.
    const taken = answer?.ok && reply;
    if (!taken && TRY_AGAIN.test("" + status)) return this.wait_(answer);
    this.failures_ = this.notBefore_ = 0;
    names.forEach(store.remove);
    const { events } = JSON.parse(body);
    if (taken) this.emit_("sent", { events, ms: performance.now() - started });
    // A good answer names single events that were refused.
    if (!taken || taken.errors?.length) this.emit_("error", failure("events refused", { status, events, body: reply }));
    return true;
  }

  /** Doubles from a second to a minute, half of it by chance, so that browsers do not come back all at once. */
  wait_(answer?: Response): false {
    const seconds = answer?.headers.get("retry-after");
    const asked = seconds ? +seconds * 1e3 || Date.parse(seconds) - Date.now() || 0 : 0;
    const backoff = Math.min(FIRST_RETRY_MS * 2 ** this.failures_++, LAST_RETRY_MS) * (0.5 + Math.random() / 2);
    this.notBefore_ = Date.now() + Math.ceil(Math.max(Math.min(asked, RETRY_AFTER_MS), backoff));
    this.schedule_(0);
    return false;
  }

  /** The page is going: send what was not sent yet. What the browser takes stays queued, because nobody tells whether it arrived. */
  leave_(): void {
    const store = this.store_();
    if (!store || navigator.onLine === false || Date.now() < this.notBefore_) return;
    const names = nextBatch(store, true);
    if (names.length && !navigator.sendBeacon?.(this.url_, packed(store, names))) packed(store, names, "");
  }
}
