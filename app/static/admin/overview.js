// Tiles, charts and tables of the overview.
import { Chart, MOST_LINES } from "./chart.js";
import { element, fill, find, say } from "./dom.js";
import { ALL_ROUTES, History, lagLines, latencyLines, leading, rateLines, totalRate } from "./history.js";
import { writeAge, writeBytes, writeCount, writeLatency, writeNumber, writeSeconds, writeShare } from "./numbers.js";

const history = new History();
const charts = {
  events: new Chart(find("chart-events"), writeNumber),
  requests: new Chart(find("chart-requests"), writeNumber),
  latency: new Chart(find("chart-latency"), writeSeconds),
  lag: new Chart(find("chart-lag"), writeSeconds),
};
const route = find("route");
const range = find("range");

/** Takes in an overview and shows it. */
export function show(overview) {
  history.add(overview);
  showTiles(overview);
  draw();
  showTables(overview);
}

/** Draws the charts for what is chosen. */
export function draw() {
  const readings = history.within(Number(range.value));
  offerRoutes(readings);
  for (const part of ["events", "requests"]) {
    charts[part].draw(rateLines(readings, part, leading(readings, part, MOST_LINES)));
  }
  charts.latency.draw(latencyLines(readings, route.value));
  charts.lag.draw(lagLines(readings));
}

function offerRoutes(readings) {
  const known = new Set([...route.options].map((option) => option.value));
  const routes = [...(readings.at(-1)?.buckets.keys() ?? [])].sort();
  for (const name of routes) if (!known.has(name)) route.append(element("option", { value: name }, name));
}

function showTiles({ at, traffic, learner, model, workers }) {
  const [before, now] = history.readings.slice(-2);
  const seconds = now ? now.at - before.at : null;
  const each = (part) => writeNumber(now ? totalRate(before[part], now[part], seconds) : null);
  say(find("tile-events"), each("events"));
  say(find("tile-requests"), each("requests"));
  say(find("tile-errors"), now ? `${each("errors")} errors/s` : "");
  for (const line of latencyLines(history.within(20), ALL_ROUTES).lines) {
    say(find(`tile-${line.name}`), writeLatency(line.values.at(-1), traffic.bounds));
  }
  say(find("tile-lag"), learner ? writeSeconds(learner.lag_seconds) : "–");
  const state = !learner ? "never ran" : learner.running ? `${writeCount(learner.learnt)} learnt` : "does not answer";
  say(find("tile-learner"), state);
  find("lag-tile").classList.toggle("bad", !learner?.running);
  say(find("tile-version"), String(model.version));
  say(find("tile-age"), describeModel(model, at));
  say(find("tile-products"), writeCount(Math.max(0, ...workers.map((worker) => worker.products))));
  say(find("tile-workers"), `in ${workers.length} ${workers.length === 1 ? "worker" : "workers"}`);
}

function describeModel({ version, created, snapshot_at: snapshot, refused }, at) {
  if (refused) return "refused, see the log";
  const made = version === 0 ? "as shipped" : created === null ? "" : `promoted ${writeAge(at - created)} ago`;
  return `${made}${snapshot === null ? ", no snapshot yet" : `, snapshot ${writeAge(at - snapshot)} old`}`;
}

function showTables({ model, outcomes, trending, workers, learner }) {
  fill(find("outcomes"), outcomes, (found) => [
    found.placement === "" ? "(none)" : (found.placement ?? "(other)"),
    found.source.replaceAll("_", " "),
    { number: writeNumber(found.shown) },
    { number: writeNumber(found.clicked) },
    { number: writeShare(found.click_through) },
    bar(found.click_through, Math.max(...outcomes.map((one) => one.click_through ?? 0))),
  ], "Nothing that was recommended has been reported as shown or clicked.");
  fill(find("trending"), trending, (trend) => [
    element("span", {}, trend.name || trend.product_id, " ", element("small", { class: "quiet" }, trend.product_id)),
    { number: `${writeNumber(trend.rate)} ×` },
    bar(trend.rate, Math.max(...trending.map((one) => one.rate))),
  ], "Nothing is wanted more than usual.");
  fill(find("tables"), model.tables, (table) => [
    table.name,
    { number: writeCount(table.rows) },
    { number: writeCount(table.room) },
    { number: writeBytes(table.bytes) },
    bar(table.rows, table.room),
  ], "There is no model yet: a learner makes it.");
  fill(find("workers"), workers, (worker) => [`worker ${worker.pid}`, { number: writeCount(worker.products) }], "None.");
  fill(find("learner"), learnerRows(learner), ([name, count]) => [name, { number: writeCount(count) }], "It never ran.");
}

function learnerRows(learner) {
  if (!learner) return [];
  const ignored = Object.entries(learner.ignored).map(([reason, count]) => [`left out: ${reason}`, count]);
  return [["learnt", learner.learnt], ["buried as dead letters", learner.buried], ...ignored];
}

/** A bar that repeats what a number beside it says, so nobody has to hear it. */
function bar(value, most) {
  const full = most > 0 && value !== null ? Math.min(1, value / most) : 0;
  const inner = element("span");
  inner.style.setProperty("inline-size", `${(100 * full).toFixed(1)}%`);
  return element("span", { class: "bar", "aria-hidden": "true" }, inner);
}

range.addEventListener("change", draw);
route.addEventListener("change", draw);
