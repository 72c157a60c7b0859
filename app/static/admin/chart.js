// A chart with its legend, its sentence and its table: canvas for the eye, the rest for everybody.
import { element, say } from "./dom.js";
import { writeClock } from "./numbers.js";

const HEIGHT = 190;
const TABLE_ROWS = 12;
/** Colours --line-0 to --line-5 of the style sheet. */
export const MOST_LINES = 6;

/** Draws into a `<figure>` that has `.summary`, `.plot`, `.legend` and a table. */
export class Chart {
  #plot = null;
  #names = "";
  #drawn = { times: [], lines: [] };

  constructor(figure, write) {
    this.write = write;
    this.parts = Object.fromEntries(
      [".summary", ".plot", ".legend", "thead", "tbody"].map((name) => [name, figure.querySelector(name)]),
    );
    this.title = figure.querySelector("h3").textContent;
    this.details = figure.querySelector("details");
    this.details.addEventListener("toggle", () => this.#fillTable());
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.parts[".plot"]);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#rebuild());
  }

  /** Shows lines of one length, `{name, values}`, over Unix times. */
  draw(drawn) {
    this.#drawn = drawn;
    const names = JSON.stringify(drawn.lines.map((line) => line.name));
    if (names !== this.#names) {
      this.#names = names;
      this.#rebuild();
    } else {
      this.#plot?.setData(this.#data());
    }
    this.#tell(null);
    this.#fillTable();
  }

  #data() {
    return [this.#drawn.times, ...this.#drawn.lines.map((line) => line.values)];
  }

  #size() {
    return { width: Math.max(200, this.parts[".plot"].clientWidth), height: HEIGHT };
  }

  #rebuild() {
    this.#plot?.destroy();
    this.#plot = null;
    const { lines } = this.#drawn;
    this.parts[".legend"].replaceChildren(...lines.map(({ name }, place) => legendOf(name, place)));
    if (lines.length) this.#plot = new window.uPlot(this.#options(), this.#data(), this.parts[".plot"]);
  }

  #options() {
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--rule"), width: 1 }, ticks: { show: false } };
    return {
      ...this.#size(),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false },
      scales: { y: { range: (_, low, high) => [0, high > 0 ? high * 1.08 : 1] } },
      axes: [
        { ...axis, space: 70, size: 32, values: (_, splits) => splits.map((at) => writeTick(at, splits)) },
        { ...axis, size: 62, values: (_, splits) => splits.map((value) => this.write(value)) },
      ],
      series: [
        {},
        ...this.#drawn.lines.map((line, place) => ({
          label: line.name,
          stroke: colour(`--line-${place % MOST_LINES}`),
          width: 2,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [(plot) => this.#tell(plot.cursor.idx ?? null)] },
    };
  }

  /** Values in the legend, of a place or, for null, of the end; and in a sentence what the eye would see. */
  #tell(place) {
    const { times, lines } = this.#drawn;
    const at = place ?? times.length - 1;
    const values = this.parts[".legend"].querySelectorAll(".value");
    lines.forEach((line, number) => values[number] && say(values[number], this.write(line.values[at] ?? null)));
    if (place === null) {
      const now = lines.map((line) => `${line.name} ${this.write(line.values.at(-1) ?? null)}`).join(", ");
      const sentence = times.length < 2 ? "No data yet: it takes a few seconds." : now || "Nothing happened yet.";
      this.parts[".plot"].setAttribute("aria-label", `${this.title}, a line chart. Now: ${sentence}`);
      say(this.parts[".summary"], lines.length && times.length >= 2 ? "" : sentence);
    }
  }

  #fillTable() {
    if (!this.details.open) return;
    const { times, lines } = this.#drawn;
    const head = lines.map((line) => element("th", { scope: "col", class: "number" }, line.name));
    this.parts.thead.replaceChildren(element("tr", {}, element("th", { scope: "col" }, "Time"), ...head));
    const places = times.map((_, place) => place).slice(-TABLE_ROWS).reverse();
    this.parts.tbody.replaceChildren(...places.map((place) => {
      const cells = lines.map((line) => element("td", { class: "number" }, this.write(line.values[place])));
      return element("tr", {}, element("th", { scope: "row" }, writeClock(times[place])), ...cells);
    }));
  }
}

/** The time of a tick: seconds only where ticks are closer than a minute. */
function writeTick(at, ticks) {
  return writeClock(at).slice(0, ticks.length > 1 && ticks[1] - ticks[0] < 60 ? 8 : 5);
}

function legendOf(name, place) {
  const swatch = element("span", { class: `swatch line-${place % MOST_LINES}`, "aria-hidden": "true" });
  return element("li", {}, swatch, `${name} `, element("span", { class: "value" }));
}
