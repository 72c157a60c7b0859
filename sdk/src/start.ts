import type { Client, Options } from "./types";

type Call = [method: string, ...parameters: unknown[]];
type Stub = { q?: ArrayLike<unknown>[] };

declare global {
  interface Window {
    shelflife?: Client & Stub;
    trackViewEvent?: (productId: string) => void;
    trackPurchaseEvent?: (productId: string) => void;
  }
}

/** Begin by the attributes of the script's own tag, and do what the queue stub was told meanwhile. */
export function start(create: (options: Options) => Client): void {
  const queue = [...(window.shelflife?.q || [])].map((call) => Array.from(call) as Call);
  // A tag that is there twice is one client.
  if (window.shelflife && !window.shelflife.q && window.shelflife.consentState) return;
  const script = document.currentScript as HTMLScriptElement | null;
  const { endpoint, auto, consent, userId, debug } = script?.dataset || {};
  const client = create({
    endpoint: endpoint || (script?.src && new URL(script.src).origin),
    auto,
    // What the queue says of consent comes before anything is stored.
    consent: queue.some(([method]) => method == "consent") ? "pending" : consent,
    userId,
    debug: debug != null,
  } as Options);
  window.shelflife = client;
  window.trackViewEvent = (productId) => client.view(productId);
  window.trackPurchaseEvent = (productId) => client.purchase(productId);
  for (const [method, ...parameters] of queue) client(method, ...parameters);
}
