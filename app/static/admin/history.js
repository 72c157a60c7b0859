// Readings of the overview, and the lines of the charts made of them. Pure: the page keeps it, the server keeps nothing.
import { addBuckets, countBy, hasFallen, percentile, rate, subtractBuckets } from "./numbers.js";

/** What this page asks for itself; it would be most of what an idle shop answers. */
export const OWN_ROUTES = new Set(["/admin", "/admin/<path:path>", "/v1/admin/overview", "/v1/events/recent"]);
export const NOT_APPLIED = "not applied";
export const OTHERS = "others";
export const ALL_ROUTES = "";
const KEPT_SECONDS = 3600;
/** Percentiles are of the requests of so many seconds: of two seconds there are often too few. */
const LATENCY_SECONDS = 10;
/** Two readings further apart are not joined: the page slept in between. */
const GAP_SECONDS = 15;

/** What the charts need of an overview. */
export function read(overview) {
  const { traffic, learner } = overview;
  const foreign = traffic.requests.filter((row) => !OWN_ROUTES.has(row.route));
  return {
    at: overview.at,
    bounds: traffic.bounds,
    requests: countBy(foreign, (row) => row.route),
    errors: countBy(foreign, (row) => (row.status >= "500" ? "errors" : null)),
    events: countBy(traffic.events, (row) => (row.result === "applied" ? row.type : NOT_APPLIED)),
    buckets: new Map(traffic.durations.filter((row) => !OWN_ROUTES.has(row.route)).map((row) => [row.route, row.buckets])),
    lag: learner ? learner.lag_seconds : null,
  };
}

/** Readings of the last hour, oldest first. */
export class History {
  readings = [];

  /** Takes an overview; those of before a start of the server cannot be compared with it, so they go. */
  add(overview) {
    const reading = read(overview);
    const last = this.readings.at(-1);
    if (last && reading.at <= last.at) return;
    if (last && (hasFallen(last.requests, reading.requests) || hasFallen(last.events, reading.events))) this.readings = [];
    this.readings.push(reading);
    while (this.readings[0].at < reading.at - KEPT_SECONDS) this.readings.shift();
  }

  /** The readings of the last so many seconds. */
  within(seconds) {
    const end = this.readings.at(-1)?.at ?? 0;
    return this.readings.filter((reading) => reading.at >= end - seconds);
  }
}

/** Names by how much they grew over the readings, the largest first; the rest of more than `most` is OTHERS. */
export function leading(readings, part, most) {
  if (readings.length < 2) return [];
  const [first, last] = [readings[0][part], readings.at(-1)[part]];
  const grown = [...last.keys()].map((name) => [name, rate(first, last, name, 1)]).filter(([, more]) => more > 0);
  const names = grown.sort((one, other) => other[1] - one[1]).map(([name]) => name);
  return names.length > most ? [...names.slice(0, most - 1), OTHERS] : names;
}

/** Rates a second between neighbouring readings, of these names: `{times, lines: [{name, values}]}`. */
export function rateLines(readings, part, names) {
  const lines = names.map((name) => ({ name, values: [] }));
  const times = [];
  pairs(readings, (before, after, seconds) => {
    times.push(after.at);
    const total = seconds === null ? null : totalRate(before[part], after[part], seconds);
    let rest = total;
    for (const line of lines) {
      const one = total === null ? null : rate(before[part], after[part], line.name, seconds);
      if (line.name !== OTHERS) rest -= one ?? 0;
      line.values.push(line.name === OTHERS && total !== null ? Math.max(0, rest) : one);
    }
  });
  return { times, lines };
}

/** The growth of all counters together, a second. */
export function totalRate(before, after, seconds) {
  return [...after.keys()].reduce((sum, name) => sum + rate(before, after, name, seconds), 0);
}

/** Percentiles of the requests of LATENCY_SECONDS, in seconds, by time, of one route or of ALL_ROUTES. */
export function latencyLines(readings, route) {
  const lines = [["p50", 0.5], ["p95", 0.95], ["p99", 0.99]].map(([name, share]) => ({ name, share, values: [] }));
  const times = [];
  let start = 0;
  pairs(readings, (_, after, seconds) => {
    times.push(after.at);
    while (readings[start].at < after.at - LATENCY_SECONDS) start += 1;
    const earlier = readings[start - 1];
    const before = earlier && after.at - earlier.at <= GAP_SECONDS ? earlier : readings[start];
    const grown = seconds === null ? null : subtractBuckets(bucketsOf(after, route), bucketsOf(before, route));
    for (const line of lines) line.values.push(percentile(after.bounds, grown, line.share));
  });
  return { times, lines };
}

/** The learner's lag in seconds by time. */
export function lagLines(readings) {
  return { times: readings.map(({ at }) => at), lines: [{ name: "lag", values: readings.map(({ lag }) => lag) }] };
}

function bucketsOf(reading, route) {
  return route === ALL_ROUTES ? addBuckets([...reading.buckets.values()]) : (reading.buckets.get(route) ?? null);
}

/** Calls `each(before, after, seconds)` for neighbours; `seconds` is null across a gap. */
function pairs(readings, each) {
  for (let place = 1; place < readings.length; place += 1) {
    const seconds = readings[place].at - readings[place - 1].at;
    each(readings[place - 1], readings[place], seconds > GAP_SECONDS ? null : seconds);
  }
}
