import { random } from "./random";
import type { Store } from "./store";
import type { ShelflifeEvent } from "./types";

const COOKIE = "shelflife_anonymous";
const COOKIE_SECONDS = 400 * 86400;
const SESSION_MS = 30 * 60e3;
const CLICK_MS = 7 * 86400e3;
const CLICKS = 50;

/** Short names, because it is written with every event. */
interface State {
  /** Anonymous id. */
  a?: string;
  /** User id. */
  u?: string;
  /** Session id. */
  s?: string;
  /** When the session's last event was, in milliseconds. */
  t?: number;
  /** By product: the recommendation that it was clicked in, and when. */
  r?: Record<string, [string, number]>;
}

export type Identity = ReturnType<typeof createIdentity>;

/** Who is here. Read from the store each time, because other tabs share it. */
export function createIdentity(store: Store) {
  const read = (): State => {
    try {
      return JSON.parse(store.get("state")!);
    } catch {
      return {};
    }
  };
  const change = (work: (state: State) => void): State => {
    const state = read();
    work(state);
    state.a = state.a || random(16);
    store.set("state", JSON.stringify(state));
    return state;
  };
  const start = (anonymous?: string) => {
    const { a } = change((state) => {
      state.a = anonymous || state.a;
    });
    setCookie(a!, COOKIE_SECONDS);
  };
  start(document.cookie.match(/(?:^|; )shelflife_anonymous=([^;]+)/)?.[1]);

  return {
    read,
    /** Another user in the same browser is another visitor, as after a reset. */
    setUser(user: string) {
      if ((read().u || user) != user) this.reset();
      change((state) => {
        state.u = user;
      });
    },
    /** Overwritten, for a state that is removed tells other tabs that consent was. */
    reset() {
      store.set("state", "{}");
      start();
    },
    /** The ids of an event that happens now; begins a session after half an hour without one. */
    stamp(now: number) {
      const { a, u, s } = change((state) => {
        if (!(now - state.t! < SESSION_MS)) state.s = random(8);
        state.t = now;
      });
      return { anonymous_id: a, user_id: u, session_id: s };
    },
    /** Remember the recommendation that a product was clicked in. */
    clicked(product: string, recommendation: string, now: number) {
      change((state) => {
        const { [product]: _, ...others } = state.r || {};
        state.r = Object.fromEntries([...Object.entries(others), [product, [recommendation, now]]].slice(-CLICKS));
      });
    },
    /** The recommendation that a product was clicked in during the last week, if any. */
    cause(product: unknown, now: number): string | undefined {
      const [recommendation, when] = read().r?.[product as string] || [];
      return now - when! < CLICK_MS ? recommendation : undefined;
    },
  };
}

const setCookie = (value: string, seconds: number) => {
  const secure = location.protocol == "https:" ? ";secure" : "";
  document.cookie = `${COOKIE}=${value};path=/;samesite=lax;max-age=${seconds}${secure}`;
};

export const dropCookie = () => setCookie("", 0);
