import type { Store } from "./store";
import type { ShelflifeEvent } from "./types";

/** Browsers allow 64 KiB for all requests together that may outlive the page. */
const REQUEST_BYTES = 60e3;
const REQUEST_EVENTS = 100;
/** The service's own limit of an event, with some room. */
const EVENT_BYTES = 32e3;
const QUEUE_EVENTS = 1e3;
/** The service recognises an event that it had for a day. One that may have arrived is not sent again after this. */
const RETRY_MS = 20 * 3600e3;
const PREFIX = "event.";

const bytes = (text: string) => new TextEncoder().encode(text).length;
const bornAt = (name: string) => parseInt(name.slice(6, 14), 36);

/**
 * Each event is an entry of the store of its own, so that tabs cannot overwrite each other's. Its name is its id, which
 * begins with its time. A space before the text says that it was sent before, and may have arrived.
 *
 * @returns whether the event is small enough to be sent.
 */
export function enqueue(store: Store, event: ShelflifeEvent): boolean {
  const text = JSON.stringify(event);
  const fits = bytes(text) <= EVENT_BYTES;
  if (fits) store.set(PREFIX + event.event_id, text);
  return fits;
}

/** Names of the oldest events (that were not sent yet), as many as a request may hold; forgets what is too much or too old. */
export function nextBatch(store: Store, unsent = false): string[] {
  const names = store.names(PREFIX);
  names.splice(0, names.length - QUEUE_EVENTS).forEach(store.remove);
  let room = REQUEST_BYTES;
  return names
    .filter((name) => {
      const text = store.get(name) || " ";
      const sent = text[0] == " ";
      const stale = sent && !(Date.now() - bornAt(name) < RETRY_MS);
      if (stale) store.remove(name);
      return !stale && !(sent && unsent) && (room -= bytes(text) + 1) > 0;
    })
    .slice(0, REQUEST_EVENTS);
}

/**
 * The body of a request, whose events are marked as sent, or as not (`mark` is empty). With the time of sending, the
 * service corrects the clock. Another tab may have taken an event away meanwhile.
 */
export function packed(store: Store, names: string[], mark = " "): string {
  const texts = names.flatMap((name) => {
    const text = store.get(name)?.trim();
    if (text) store.set(name, mark + text);
    return text || [];
  });
  return `{"sent_at":"${new Date().toISOString()}","events":[${texts}]}`;
}
