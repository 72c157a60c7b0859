import type { Store } from "./store";

const NAME = "shelflife";
/** Longer than a request may take. */
const HELD_MS = 15e3;

/** Do it in one tab at a time. @returns whether it was done; without the browser's locks it may be another tab's turn. */
export async function exclusively(store: Store | undefined, work: () => Promise<void>): Promise<boolean> {
  const done = () => work().then(() => true);
  if (!store) return true;
  // Pages in a sandbox are refused the lock, and have no other tabs that share their store.
  if (navigator.locks) return navigator.locks.request(NAME, done).catch(done);
  if (Math.abs(Date.now() - +(store.get("lock") || 0)) < HELD_MS) return false;
  store.set("lock", "" + Date.now());
  return done().finally(() => store.remove("lock"));
}
