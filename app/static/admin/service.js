// Asking the service, again and again.

const PATIENCE_MS = 1000;

/** What an address answers, as JSON. Throws an Error whose message is for people. */
export async function ask(address, options = {}) {
  const started = performance.now();
  const response = await fetch(address, { cache: "no-store", ...options }).catch(() => {
    throw new Error("the service does not answer");
  });
  const body = await response.json().catch(() => null);
  if (!response.ok) {
    const detail = body?.detail ?? `the service answered with ${response.status}`;
    throw Object.assign(new Error(detail), { status: response.status });
  }
  return { body, ms: performance.now() - started };
}

/** As `ask`; a failure is tried once more: the store has little time for a profile, and may be busy for a moment. */
export async function askTwice(address) {
  return ask(address).catch(async (error) => {
    if (error.status !== 503) throw error;
    await new Promise((resume) => setTimeout(resume, PATIENCE_MS));
    return ask(address);
  });
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
