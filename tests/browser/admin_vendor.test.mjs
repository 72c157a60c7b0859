// The chart library that is served is the one that was published: `npm ci` checked the latter by its hash.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const SERVED = new URL("../../app/static/admin/vendor/", import.meta.url);
const PUBLISHED = new URL("node_modules/uplot/", import.meta.url);
const FILES = { "uPlot.iife.min.js": "dist/uPlot.iife.min.js", "uPlot.min.css": "dist/uPlot.min.css", "uPlot.LICENSE": "LICENSE" };

for (const [served, published] of Object.entries(FILES)) {
  test(`${served} is the published file`, () => {
    assert.deepEqual(readFileSync(new URL(served, SERVED)), readFileSync(new URL(published, PUBLISHED)));
  });
}
