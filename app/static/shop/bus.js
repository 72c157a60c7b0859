/** Notices between the parts of the page: `address`, `request`, `pushed`, `profile`, `cart`, `wishlist`, `bought`, `visitor`. */

const listeners = new Map();

/** Call back for every notice of that name, until `signal` is aborted. */
export function on(name, callback, signal) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(callback);
  signal?.addEventListener("abort", () => listeners.get(name).delete(callback));
}

export function emit(name, value) {
  for (const callback of [...(listeners.get(name) || [])]) callback(value);
}
