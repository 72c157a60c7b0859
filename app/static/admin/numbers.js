// Arithmetic on counters and histograms, and how numbers are written. Pure: tests/browser/numbers.test.mjs runs it.

/** Sums of `count` by `key(row)`, a Map; rows without a key are left out. */
export function countBy(rows, key) {
  const sums = new Map();
  for (const row of rows) {
    const name = key(row);
    if (name !== null) sums.set(name, (sums.get(name) ?? 0) + row.count);
  }
  return sums;
}

/** Whether a counter of `before` is lower in `after`: then the server was started anew in between. */
export function hasFallen(before, after) {
  return [...before].some(([name, count]) => (after.get(name) ?? 0) < count);
}

/** How much a counter grew a second; one that was not there before began at 0. */
export function rate(before, after, name, seconds) {
  return ((after.get(name) ?? 0) - (before.get(name) ?? 0)) / seconds;
}

/** The sum of cumulative buckets (arrays of one length), null for none. */
export function addBuckets(lists) {
  return lists.length ? lists[0].map((_, place) => lists.reduce((sum, list) => sum + list[place], 0)) : null;
}

/** What came into each bucket between two readings; null when that cannot be said. */
export function subtractBuckets(after, before) {
  if (!after) return null;
  const grown = before ? after.map((count, place) => count - before[place]) : after;
  return grown.some((count) => count < 0) ? null : grown;
}

/**
 * The value below which a share of observations lies, in the unit of `bounds`; null when there is none.
 *
 * `buckets` are cumulative: how many were at most each bound, then how many there are. Within a bucket they are taken
 * to lie evenly, as Prometheus does; of those beyond the last bound it is only known that they are, so that is what
 * comes back.
 */
export function percentile(bounds, buckets, share) {
  const total = buckets?.at(-1) ?? 0;
  if (total === 0) return null;
  const wanted = share * total;
  const place = buckets.findIndex((count) => count >= wanted && count > 0);
  if (place >= bounds.length) return bounds.at(-1);
  const [from, below] = place === 0 ? [0, 0] : [bounds[place - 1], buckets[place - 1]];
  return from + ((bounds[place] - from) * (wanted - below)) / (buckets[place] - below);
}

const UNKNOWN = "–";
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const ONE = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const TWO = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

function known(value) {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** A number as exact as anybody wants it: 0.42, 7.5, 1,234. */
export function writeNumber(value) {
  if (!known(value)) return UNKNOWN;
  const size = Math.abs(value);
  return (size >= 100 ? WHOLE : size >= 10 ? ONE : TWO).format(value);
}

/** A count that has to fit: 1.2M. */
export function writeCount(value) {
  return !known(value) ? UNKNOWN : value < 10_000 ? WHOLE.format(value) : SHORT.format(value);
}

/** Seconds up to a minute as milliseconds or seconds. */
export function writeSeconds(value) {
  if (!known(value)) return UNKNOWN;
  return value < 1 ? `${writeNumber(value * 1000)} ms` : `${writeNumber(value)} s`;
}

/** As `writeSeconds`; what is at the histogram's last bound may be anything above it. */
export function writeLatency(value, bounds) {
  return known(value) && value >= bounds.at(-1) ? `over ${writeSeconds(bounds.at(-1))}` : writeSeconds(value);
}

/** A time span in its largest unit: 45 s, 12 min, 3 h, 5 days. */
export function writeAge(seconds) {
  if (!known(seconds)) return UNKNOWN;
  const span = Math.max(0, seconds);
  if (span < 60) return `${Math.floor(span)} s`;
  if (span < 3600) return `${Math.floor(span / 60)} min`;
  if (span < 172_800) return `${Math.floor(span / 3600)} h`;
  return `${Math.floor(span / 86_400)} days`;
}

/** Bytes in powers of 1,000. */
export function writeBytes(value) {
  if (!known(value)) return UNKNOWN;
  const power = value < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(value) / 3));
  return `${writeNumber(value / 1000 ** power)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

/** A share as per cent. */
export function writeShare(value) {
  return known(value) ? `${TWO.format(value * 100)} %` : UNKNOWN;
}

/** The hour of the day of a Unix time. */
export function writeClock(at) {
  return new Date(at * 1000).toLocaleTimeString("en-GB");
}
