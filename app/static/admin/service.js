// Asking the service, again and again.

/** What an address answers, as JSON. Throws an Error whose message is for people. */
export async function ask(address, options = {}) {
  const started = performance.now();
  const response = await fetch(address, { cache: "no-store", ...options }).catch(() => {
    throw new Error("the service does not answer");
  });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Error(body?.detail ?? `the service answered with ${response.status}`);
  return { body, ms: performance.now() - started };
}

/**
 * Runs `task` every so many seconds while the page is seen and `isWanted()`, one at a time; `onState` hears the error,
 * or null. After an error it waits longer.
 */
export function poll(task, seconds, isWanted, onState) {
  let failures = 0;
  const turn = async () => {
    if (isWanted() && !document.hidden) {
      try {
        await task();
        failures = 0;
        onState(null);
      } catch (error) {
        failures += 1;
        onState(error);
      }
    }
    setTimeout(turn, 1000 * Math.min(10, seconds * 2 ** failures));
  };
  turn();
}
