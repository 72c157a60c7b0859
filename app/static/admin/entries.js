// Entries of the event log, newest first. Pure.

const LEAST = 20;
const MOST = 100;

/**
 * The entries known so far with those of an answer that are new in front, `most` at most; `fresh` are the new ones, and
 * `hasGap` says whether entries between these and the known ones were not in the answer.
 */
export function mergeEntries(known, answer, most) {
  const name = (entry) => `${entry.partition}:${entry.id}`;
  const seen = new Set(known.map(name));
  const fresh = answer.filter((entry) => !seen.has(name(entry))).slice(0, most);
  const hasGap = known.length > 0 && fresh.length > 0 && fresh.length === answer.length;
  return { entries: [...fresh, ...known].slice(0, most), fresh, hasGap };
}

/** How many to ask for after so many were new: the store reads as many of every partition. */
export function nextLimit(fresh) {
  return Math.min(MOST, Math.max(LEAST, 2 * fresh));
}
