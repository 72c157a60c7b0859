// The tail of events: only what is new is added.
import assert from "node:assert/strict";
import test from "node:test";
import { mergeEntries, nextLimit } from "../../app/static/admin/entries.js";

const entry = (id, partition = 0) => ({ id: `${id}-0`, partition, event: {} });
const ids = (entries) => entries.map(({ id, partition }) => `${partition}:${id}`);

test("what is known already is not added again", () => {
  const first = mergeEntries([], [entry(2), entry(1)], 10);
  assert.deepEqual([ids(first.fresh), first.hasGap], [["0:2-0", "0:1-0"], false]);
  const second = mergeEntries(first.entries, [entry(3), entry(2), entry(1)], 10);
  assert.deepEqual(ids(second.fresh), ["0:3-0"]);
  assert.deepEqual(ids(second.entries), ["0:3-0", "0:2-0", "0:1-0"]);
  assert.equal(mergeEntries(second.entries, [entry(3)], 10).fresh.length, 0);
});

test("entries of two partitions may have the same id", () => {
  assert.equal(mergeEntries([entry(1, 0)], [entry(1, 1), entry(1, 0)], 10).fresh.length, 1);
});

test("the oldest go, and it is said when some were never seen", () => {
  const { entries, hasGap } = mergeEntries([entry(2), entry(1)], [entry(9), entry(8)], 3);
  assert.deepEqual(ids(entries), ["0:9-0", "0:8-0", "0:2-0"]);
  assert.equal(hasGap, true);
});

test("as much is asked for as is likely to be new", () => {
  assert.deepEqual([0, 9, 30, 500].map(nextLimit), [20, 20, 60, 100]);
});
