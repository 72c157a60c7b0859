// The arithmetic of the operator's page.
import assert from "node:assert/strict";
import test from "node:test";
import {
  addBuckets, countBy, hasFallen, percentile, rate, subtractBuckets, writeAge, writeBytes, writeClock, writeCount,
  writeLatency, writeNumber, writeSeconds, writeShare,
} from "../../app/static/admin/numbers.js";

const BOUNDS = [0.001, 0.01, 0.1, 1];

test("rows are summed by what they are about", () => {
  const rows = [{ route: "/a", count: 2 }, { route: "/b", count: 3 }, { route: "/a", count: 5 }];
  assert.deepEqual([...countBy(rows, (row) => row.route)], [["/a", 7], ["/b", 3]]);
  assert.deepEqual([...countBy(rows, (row) => (row.route === "/b" ? "b" : null))], [["b", 3]]);
});

test("a rate is growth by time, and what is new began at nothing", () => {
  const [before, after] = [new Map([["view", 10]]), new Map([["view", 30], ["click", 4]])];
  assert.equal(rate(before, after, "view", 2), 10);
  assert.equal(rate(before, after, "click", 2), 2);
  assert.equal(rate(before, after, "none", 2), 0);
});

test("a counter that is lower, or gone, tells of a server that was started anew", () => {
  const before = new Map([["view", 10]]);
  assert.equal(hasFallen(before, new Map([["view", 10], ["click", 1]])), false);
  assert.equal(hasFallen(before, new Map([["view", 9]])), true);
  assert.equal(hasFallen(before, new Map()), true);
});

test("a percentile lies within its bucket, by how much of it is wanted", () => {
  const buckets = [0, 50, 90, 100, 100];
  assert.ok(Math.abs(percentile(BOUNDS, buckets, 0.5) - 0.01) < 1e-12);
  assert.ok(Math.abs(percentile(BOUNDS, buckets, 0.25) - 0.0055) < 1e-12);
  assert.ok(Math.abs(percentile(BOUNDS, buckets, 0.95) - 0.55) < 1e-12);
  assert.equal(percentile(BOUNDS, [10, 10, 10, 10, 10], 0.5), 0.0005);
});

test("a percentile is between the true value's bounds, whatever the values", () => {
  let seed = 7;
  const next = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 50; round += 1) {
    const values = Array.from({ length: 1 + Math.floor(next() * 200) }, () => next() ** 3).sort((a, b) => a - b);
    const buckets = [...BOUNDS.map((bound) => values.filter((value) => value <= bound).length), values.length];
    for (const share of [0.5, 0.95, 0.99]) {
      const exact = values[Math.ceil(share * values.length) - 1];
      const upper = BOUNDS.findIndex((bound) => exact <= bound);
      const found = percentile(BOUNDS, buckets, share);
      assert.ok(found >= (BOUNDS[upper - 1] ?? 0) && found <= BOUNDS[upper], `${share} of ${values.length}: ${found}`);
    }
  }
});

test("of nothing there is no percentile, and beyond the last bound only that is known", () => {
  assert.equal(percentile(BOUNDS, [0, 0, 0, 0, 0], 0.5), null);
  assert.equal(percentile(BOUNDS, null, 0.5), null);
  assert.equal(percentile(BOUNDS, [0, 0, 0, 1, 5], 0.5), 1);
  assert.equal(writeLatency(1, BOUNDS), "over 1 s");
  assert.equal(writeLatency(0.5, BOUNDS), "500 ms");
});

test("buckets are added, and what came between two readings is their difference", () => {
  assert.deepEqual(addBuckets([[1, 2], [10, 20]]), [11, 22]);
  assert.equal(addBuckets([]), null);
  assert.deepEqual(subtractBuckets([5, 9], [2, 3]), [3, 6]);
  assert.deepEqual(subtractBuckets([5, 9], null), [5, 9]);
  assert.equal(subtractBuckets([5, 9], [6, 3]), null);
  assert.equal(subtractBuckets(null, [6, 3]), null);
});

test("numbers are written for people", () => {
  assert.deepEqual([0, 0.123, 12.34, 1234.5, null, NaN].map(writeNumber), ["0", "0.12", "12.3", "1,235", "–", "–"]);
  assert.deepEqual([999, 12_345, 2_500_000, undefined].map(writeCount), ["999", "12.3K", "2.5M", "–"]);
  assert.deepEqual([0.0021, 0.5, 1, 42.5].map(writeSeconds), ["2.1 ms", "500 ms", "1 s", "42.5 s"]);
  assert.deepEqual([-1, 59.9, 60, 7200, 172_800].map(writeAge), ["0 s", "59 s", "1 min", "2 h", "2 days"]);
  assert.deepEqual([0, 999, 1000, 37_355_792].map(writeBytes), ["0 B", "999 B", "1 kB", "37.4 MB"]);
  assert.deepEqual([0.061159, null].map(writeShare), ["6.12 %", "–"]);
  assert.match(writeClock(1_795_308_931), /^\d\d:\d\d:\d\d$/);
});
