import { Delivery, WAIT_MS } from "./delivery";
import { createNotices, type Emit } from "./notices";
import { createRecommend } from "./recommend";
import { Recorder } from "./record";
import { createReports } from "./reports";
import { STATE } from "./store";
import type { Client, Options, Props } from "./types";
import { Visitor, type Choice } from "./visitor";

/** A client without automatic capture, push and widget. Nothing is stored before consent allows it. */
export function createClient(options: Options = {}): Client {
  const endpoint = (options.endpoint || location.origin).replace(/\/$/, "");
  const { on, emit, debug } = createNotices();
  const visitor = new Visitor();
  const delivery = new Delivery(endpoint + "/track-event", () => visitor.store_, emit);
  const recorder = new Recorder(visitor, delivery);
  const flush = () => delivery.flush_();
  const state = () => visitor.identity_?.read() || {};
  const who = (): Props | undefined => {
    const { a, u } = state();
    if (a) return u ? { user_id: u } : { anonymous_id: a };
  };
  const client = callable({
    ...createReports(recorder),
    ...createSigning(visitor, recorder, emit),
    recommend: createRecommend({ who, flush, emit, url: endpoint + "/recommend" }),
    flush,
    debug,
    on,
    ready: (callback: (client: Client) => void) => callback(client),
    endpoint,
    get anonymousId() {
      return state().a;
    },
    get userId() {
      return state().u;
    },
    get sessionId() {
      return state().s;
    },
    get consentState() {
      return visitor.state_;
    },
  });
  debug(!!options.debug);
  visitor.decide_(options.consent || "granted");
  // Another tab wiped what is stored: there, consent was withdrawn. It may be given again by now, for this comes late.
  addEventListener("storage", ({ key }) => key == STATE && !localStorage.getItem(STATE) && client.consent("denied"));
  const { userId } = options;
  if (userId && userId != client.userId) client.identify(userId);
  deliverAtTheEdges(delivery, emit);
  return client;
}

/** The methods that say who the visitor is and what they allow. */
function createSigning(visitor: Visitor, recorder: Recorder, emit: Emit) {
  const changed = () => emit("visitor", undefined);
  return {
    identify: (userId: string, traits?: Props) =>
      visitor.whenAllowed_((identity, now) => {
        identity.setUser(userId);
        recorder.record_(identity, now, "identify", { traits });
        changed();
      }),
    alias: (previous_id: string) => recorder.track_("alias", { previous_id }),
    reset: () =>
      visitor.whenAllowed_((identity) => {
        identity.reset();
        changed();
      }),
    consent(choice: Choice) {
      visitor.decide_(choice, true);
      changed();
    },
  };
}

/** When the page goes, when the network comes back, and what an earlier page left. */
function deliverAtTheEdges(delivery: Delivery, emit: Emit): void {
  const leave = () => {
    emit("leave", undefined);
    delivery.leave_();
  };
  document.addEventListener("visibilitychange", () => document.visibilityState == "hidden" && leave());
  addEventListener("pagehide", leave);
  addEventListener("online", () => {
    delivery.notBefore_ = 0;
    delivery.flush_();
  });
  // What an earlier page left goes with the first events of this one.
  delivery.schedule_(WAIT_MS);
}

/** An object whose methods can also be called by name, as with the queue stub. */
function callable(methods: object): Client {
  const call = (name: string, ...all: unknown[]) => (methods as Record<string, (...all: unknown[]) => unknown>)[name]!(...all);
  return Object.defineProperties(call, Object.getOwnPropertyDescriptors(methods)) as unknown as Client;
}
