import type { Answer, Client, Props, Question, ShelflifeEvent } from "./types";

/** Browsers open six connections to a server, for all tabs together, unless it speaks HTTP/2. */
const STREAMS = 3;
const POLL_MS = 30e3;
const SOON_MS = 100;
/** These change interests little and come in numbers; impressions are of the very answers. */
const isQuiet = ({ event_type }: ShelflifeEvent) => /^(impression|hover|scroll|page)$/.test(event_type);

/** Keeps answers fresh: by a stream of the service, or by asking again where there is none. */
export class Live {
  streams_ = 0;
  subscriptions_ = new Set<Subscription>();
  timer_ = 0;

  constructor(readonly client_: Client) {
    const all = (work: (one: Subscription) => void) => () => this.subscriptions_.forEach(work);
    const reopen = all((one) => one.open_());
    client_.on("visitor", reopen);
    const ask = all((one) => one.source_ || document.hidden || one.ask_());
    client_.on("sent", ({ events }) => events.every(isQuiet) || ask());
    document.addEventListener("visibilitychange", reopen);
    client_.on("event", (event) => {
      if (!this.subscriptions_.size || isQuiet(event)) return;
      clearTimeout(this.timer_);
      this.timer_ = window.setTimeout(client_.flush, SOON_MS);
    });
  }

  subscribe_(callback: (answer: Answer) => void, question: Question = {}): () => void {
    const subscription = new Subscription(this, callback, question);
    this.subscriptions_.add(subscription);
    subscription.open_();
    return () => {
      this.subscriptions_.delete(subscription);
      subscription.close_();
    };
  }
}

class Subscription {
  source_: EventSource | undefined;
  timer_ = 0;
  turn_ = 0;
  lastId_ = "";

  constructor(
    readonly live_: Live,
    readonly callback_: (answer: Answer) => void,
    readonly question_: Question,
  ) {}

  close_(): void {
    this.turn_++;
    clearTimeout(this.timer_);
    if (this.source_) this.live_.streams_--;
    this.source_?.close();
    this.source_ = undefined;
  }

  /** Begin again for who is here now. A hidden page listens to nothing; a stranger's answer does not change. */
  open_(): void {
    this.close_();
    const { client_: client, streams_ } = this.live_;
    if (document.hidden) return;
    if (!client.anonymousId) return this.ask_();
    if (!window.EventSource || streams_ >= STREAMS) return this.poll_();
    this.live_.streams_++;
    const source = (this.source_ = new EventSource(client.endpoint + "/v1/stream?" + this.query_()));
    source.addEventListener("recommendations", ({ data, lastEventId }: MessageEvent<string>) => {
      this.lastId_ = lastEventId;
      this.callback_(JSON.parse(data));
    });
    // The browser comes back by itself, unless the service refused.
    source.onerror = () => {
      if (source.readyState == 2) this.poll_();
    };
  }

  query_(): URLSearchParams {
    const { anonymousId, userId } = this.live_.client_;
    const who = userId ? { user_id: userId } : { anonymous_id: anonymousId };
    const all: Props = { ...who, last_event_id: this.lastId_, ...this.question_ };
    return new URLSearchParams(Object.entries(all).filter(([, value]) => value != null && value !== "") as [string, string][]);
  }

  /** Ask now, and when the visitor does something; look for the stream again in a while. */
  poll_(): void {
    this.close_();
    this.ask_();
    this.timer_ = window.setTimeout(() => this.open_(), POLL_MS * (0.5 + Math.random()));
  }

  /** An answer that comes when nobody listens any more, or for who was here before, is dropped. */
  ask_(): void {
    const turn = this.turn_;
    this.live_.client_.recommend(this.question_).then((answer) => turn == this.turn_ && this.callback_(answer), () => {});
  }
}
