import { webcrypto } from "node:crypto";
import { parseHTML } from "linkedom";

const RealDate = Date;

/** Time that stands still until a test moves it. */
export class Clock {
  now = RealDate.parse("2026-11-20T12:00:00Z");
  private timers = new Map<number, { at: number; run: () => void }>();
  private last = 0;

  set = (run: (...all: unknown[]) => void, ms = 0, ...all: unknown[]): number => {
    // Browsers' timers count whole milliseconds.
    this.timers.set(++this.last, { at: Math.floor(this.now) + Math.max(Math.trunc(ms), 0), run: () => run(...all) });
    return this.last;
  };

  clear = (timer: number): void => void this.timers.delete(timer);

  /** Let so much time pass; what was to happen meanwhile happens in order, and all that it promised. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await settle();
    for (let next; (next = this.next(end)); ) {
      const [id, timer] = next;
      this.timers.delete(id);
      this.now = Math.max(this.now, timer.at);
      timer.run();
      await settle();
    }
    this.now = end;
  }

  private next(end: number) {
    return [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
  }
}

const soon = () => new Promise((done) => setImmediate(done));

export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 90; turn++) {
    await Promise.resolve();
    if (turn % 30 == 29) await soon();
  }
};

/** As the browser's: what was stored are properties of its own, and it can be full. */
export class FakeStorage {
  static of(full = false): Storage {
    const hidden = (value: unknown) => ({ value, enumerable: false });
    return Object.defineProperties({} as Record<string, string>, {
      getItem: hidden(function (this: Record<string, string>, key: string) {
        return this[key] ?? null;
      }),
      setItem: hidden(function (this: Record<string, string>, key: string, value: string) {
        if (full) throw new Error("QuotaExceededError");
        this[key] = value;
      }),
      removeItem: hidden(function (this: Record<string, string>, key: string) {
        delete this[key];
      }),
    }) as unknown as Storage;
  }
}

export interface Sent {
  path: string;
  body: { events: Array<Record<string, unknown>>; sent_at: string } & Record<string, unknown>;
  init: RequestInit;
}

export interface Setup {
  html?: string;
  url?: string;
  gpc?: boolean;
  locks?: boolean;
  storage?: Storage | "refused";
  cookie?: string;
}

export type Browser = ReturnType<typeof openBrowser>;
type Answering = (sent: Sent) => Response | Promise<Response>;

const json = (body: unknown, status = 200, headers = {}) => new Response(JSON.stringify(body), { status, headers });
const accept: Answering = ({ body }) => json({ accepted: body.events?.length, duplicates: 0, rejected: 0, errors: [] });

/** A window, put where the client looks for it. One at a time; two clients in it are two tabs. */
export function openBrowser({ html = "", url = "https://shop.example/", gpc, locks = true, storage, cookie = "" }: Setup = {}) {
  const clock = new Clock();
  const { document } = parseHTML(`<html><head></head><body>${html}</body></html>`);
  const target = new EventTarget();
  const browser = {
    clock,
    document,
    storage: (storage == null || storage == "refused" ? FakeStorage.of() : storage) as Storage,
    cookie,
    requests: [] as Sent[],
    beacons: [] as Sent[],
    answer: accept,
    /** What a browser tells this tab when another one writes. */
    stored: (key: string) => browser.fire("storage", target, { key }),
    online: true,
    visible: true,
    takesBeacons: true,
    events: () => [...browser.requests, ...browser.beacons].flatMap(({ body }) => body.events || []),
    json,
    fire(name: string, from: EventTarget = target, more = {}) {
      from.dispatchEvent(Object.assign(new Event(name), more));
      return settle();
    },
    async show(visible: boolean) {
      browser.visible = visible;
      document.dispatchEvent(new (document.defaultView as unknown as typeof globalThis).Event("visibilitychange"));
      await settle();
    },
  };
  const read = (path: string, body: BodyInit, init: RequestInit): Sent => ({
    path: path.replace("https://shop.example", ""),
    body: JSON.parse(body as string),
    init,
  });
  const place = new URL(url);
  const globals = {
    window: globalThis,
    document,
    location: place,
    history: { pushState: (_: unknown, __: unknown, to: string) => void (place.href = new URL(to, place).href), replaceState() {} },
    crypto: webcrypto,
    Date: dateOf(clock),
    setTimeout: clock.set,
    clearTimeout: clock.clear,
    performance: { now: () => clock.now },
    addEventListener: target.addEventListener.bind(target),
    navigator: {
      get onLine() {
        return browser.online;
      },
      globalPrivacyControl: gpc,
      locks: locks ? createLocks() : undefined,
      sendBeacon: (path: string, body: string) => browser.takesBeacons && !!browser.beacons.push(read(path, body, {})),
    },
    async fetch(path: string, init: RequestInit) {
      const sent = read(path, init.body!, init);
      browser.requests.push(sent);
      return browser.answer(sent);
    },
    shelflife: undefined,
    EventSource: undefined,
    IntersectionObserver: undefined,
    navigation: undefined,
    dataLayer: undefined,
    MutationObserver: class {
      observe() {}
    },
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get() {
      if (storage == "refused") throw new Error("SecurityError");
      return browser.storage;
    },
  });
  Object.defineProperties(document, {
    cookie: { configurable: true, get: () => browser.cookie, set: (text: string) => setCookie(browser, text) },
    hidden: { get: () => !browser.visible },
    visibilityState: { get: () => (browser.visible ? "visible" : "hidden") },
    readyState: { value: "complete" },
    currentScript: { value: null, writable: true },
  });
  return browser;
}

const dateOf = (clock: Clock) =>
  class extends RealDate {
    constructor(value: string | number = clock.now) {
      super(value);
    }

    static override now() {
      return clock.now;
    }
  };

const setCookie = (browser: { cookie: string }, text: string) => {
  browser.cookie = /max-age=0\b/.test(text) ? "" : text.split(";")[0]!;
};

/** One holder at a time, in the order of asking. */
function createLocks() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    request(_: string, work: () => Promise<unknown>) {
      // It is given back a little after the work is done, for other tabs have to hear of it.
      const mine = last.then(work).then(async (done) => (await soon(), done));
      last = mine.catch(() => {});
      return mine;
    },
  };
}
