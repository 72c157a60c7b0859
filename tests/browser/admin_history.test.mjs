// The lines of the operator's charts, from readings of counters.
import assert from "node:assert/strict";
import test from "node:test";
import {
  ALL_ROUTES, History, NOT_APPLIED, OTHERS, lagLines, latencyLines, leading, rateLines, read, totalRate,
} from "../../app/static/admin/history.js";

const BOUNDS = [0.01, 0.1];

/** An overview at a time; `buckets` by route, `events` by type. */
function overview(at, { requests = {}, buckets = {}, events = {}, rejected = 0, lag = 0 } = {}) {
  return {
    at,
    learner: { lag_seconds: lag },
    traffic: {
      bounds: BOUNDS,
      requests: Object.entries(requests).map(([route, count]) => ({ route, method: "GET", status: "200", count })),
      durations: Object.entries(buckets).map(([route, counts]) => ({ route, buckets: counts, seconds: 1 })),
      events: [
        ...Object.entries(events).map(([type, count]) => ({ type, result: "applied", count })),
        { type: "unknown", result: "rejected", count: rejected },
      ],
    },
  };
}

function historyOf(...overviews) {
  const history = new History();
  for (const one of overviews) history.add(one);
  return history;
}

test("the page's own requests are not counted", () => {
  const requests = { "/recommend": 4, "/v1/admin/overview": 90, "/v1/events/recent": 200, "/admin": 1 };
  const buckets = { "/recommend": [4, 4, 4], "/v1/admin/overview": [0, 0, 90] };
  const reading = read(overview(1, { requests, buckets }));
  assert.deepEqual([...reading.requests], [["/recommend", 4]]);
  assert.deepEqual([...reading.buckets.keys()], ["/recommend"]);
});

test("faults are counted by status, refused events apart", () => {
  const one = overview(1, { events: { view: 3 }, rejected: 2 });
  one.traffic.requests.push({ route: "/x", method: "GET", status: "503", count: 7 });
  assert.deepEqual([...read(one).errors], [["errors", 7]]);
  assert.deepEqual([...read(one).events], [["view", 3], [NOT_APPLIED, 2]]);
});

test("rates are of neighbouring readings", () => {
  const { readings } = historyOf(
    overview(100, { events: { view: 10 } }), overview(102, { events: { view: 30 } }), overview(104, { events: { view: 30, click: 8 } }),
  );
  const { times, lines } = rateLines(readings, "events", ["view", "click"]);
  assert.deepEqual(times, [102, 104]);
  assert.deepEqual(lines, [{ name: "view", values: [10, 0] }, { name: "click", values: [0, 4] }]);
  assert.equal(totalRate(readings[1].events, readings[2].events, 2), 4);
});

test("those that grew most lead, the rest are others", () => {
  const { readings } = historyOf(
    overview(100, { requests: { a: 100, b: 0, c: 0, d: 0, e: 5 } }), overview(102, { requests: { a: 101, b: 30, c: 20, d: 10, e: 5 } }),
  );
  assert.deepEqual(leading(readings, "requests", 9), ["b", "c", "d", "a"]);
  assert.deepEqual(leading(readings, "requests", 3), ["b", "c", OTHERS]);
  assert.deepEqual(leading(readings.slice(0, 1), "requests", 3), []);
  const { lines } = rateLines(readings, "requests", ["b", "c", OTHERS]);
  assert.deepEqual(lines.map(({ values }) => values[0]), [15, 10, 5.5]);
});

test("what lies before a start of the server is forgotten", () => {
  const history = historyOf(
    overview(100, { requests: { a: 100 } }), overview(102, { requests: { a: 110 } }), overview(104, { requests: { a: 2 } }),
  );
  assert.deepEqual(history.readings.map(({ at }) => at), [104]);
});

test("a reading that is not newer is left out, and one of over an hour ago goes", () => {
  const history = historyOf(overview(100), overview(100), overview(99), overview(3600), overview(3701));
  assert.deepEqual(history.readings.map(({ at }) => at), [3600, 3701]);
  assert.deepEqual(history.within(60).map(({ at }) => at), [3701]);
});

test("across a gap nothing is drawn", () => {
  const { readings } = historyOf(overview(100, { events: { view: 1 } }), overview(160, { events: { view: 61 } }));
  assert.deepEqual(rateLines(readings, "events", ["view", OTHERS]).lines.map(({ values }) => values), [[null], [null]]);
});

test("percentiles are of the requests of the last seconds, of a route or of all", () => {
  const at = (time, fast, slow) => overview(time, { buckets: { "/a": [fast, fast, fast], "/b": [0, slow, slow] } });
  const { readings } = historyOf(at(100, 0, 0), at(102, 10, 0), at(104, 10, 0), at(116, 10, 0), at(118, 10, 10), at(120, 20, 20));
  const fast = latencyLines(readings, "/a");
  assert.deepEqual(fast.lines.map(({ name }) => name), ["p50", "p95", "p99"]);
  assert.deepEqual(fast.lines[0].values, [0.005, 0.005, null, null, 0.005]);
  const slow = latencyLines(readings, "/b").lines[0].values;
  assert.deepEqual(slow.slice(0, 3), [null, null, null]);
  assert.ok(Math.abs(slow.at(-1) - 0.055) < 1e-12);
  const all = latencyLines(readings, ALL_ROUTES).lines;
  assert.ok(all[0].values.at(-1) > 0.01 && all[2].values.at(-1) < 0.1);
  assert.deepEqual(latencyLines(readings, "/none").lines[0].values, [null, null, null, null, null]);
});

test("requests of before a gap are not of the last seconds", () => {
  const at = (time, fast, slow) => overview(time, { buckets: { "/a": [fast, fast, fast + slow] } });
  const { readings } = historyOf(at(100, 0, 0), at(160, 0, 50), at(162, 9, 50));
  const [across, after] = latencyLines(readings, "/a").lines[2].values;
  assert.equal(across, null);
  assert.ok(Math.abs(after - 0.0099) < 1e-12);
});

test("the learner's lag, and none where there is no learner", () => {
  const gone = { ...overview(102), learner: null };
  const { times, lines } = lagLines(historyOf(overview(100, { lag: 0.2 }), gone).readings);
  assert.deepEqual([times, lines[0].values], [[100, 102], [0.2, null]]);
});
