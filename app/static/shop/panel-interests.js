/** Interests as they fade. Between two readings of the profile the browser fades them itself, by the same half-lives. */

import { on } from "./bus.js";
import { h, leaf } from "./dom.js";

const TICK_MS = 250;
const SHOWN = 6;
const FEWEST = 0.0005; // less is shown as nothing

let known,
  readAt = 0;

/** What is left of `value` after `seconds`. */
const fade = (value, seconds, halfLife) => value * 2 ** (-seconds / halfLife);

export function interestsPart() {
  const rows = h("ul", { class: "interests" });
  const legend = h("p", { class: "legend" });
  const nothing = h("p", { class: "note" }, "None yet. Open a product.");
  const part = h(
    "section",
    { class: "part", "aria-labelledby": "interests-title" },
    h("h3", { id: "interests-title" }, "Interests, fading"),
    nothing,
    rows,
    legend,
  );
  on("profile", (profile) => {
    [known, readAt] = [profile, performance.now()];
    drawRows(rows);
    nothing.hidden = rows.children.length > 0;
    legend.replaceChildren(...(profile ? keys(profile.half_lives) : []));
    tick(rows);
  });
  setInterval(() => !document.hidden && part.isConnected && part.offsetParent && tick(rows), TICK_MS);
  return part;
}

const keys = (lives) => [
  h("span", { class: "key session" }, `this session, halves in ${duration(lives.session)}`),
  h("span", { class: "key long" }, `long-term, halves in ${duration(lives.long_term)}`),
];

const duration = (seconds) =>
  seconds < 7200
    ? `${Math.round(seconds / 60)} min`
    : seconds < 172800
      ? `${Math.round(seconds / 3600)} h`
      : `${Math.round(seconds / 86400)} days`;

function drawRows(list) {
  const strongest = (interest) =>
    interest.session - interest.session_negative + (interest.long_term - interest.long_term_negative);
  const found = known
    ? [...known.interests.category, ...known.interests.brand.map((one) => ({ ...one, isBrand: true }))]
    : [];
  found.sort((one, other) => strongest(other) - strongest(one));
  list.replaceChildren(...found.slice(0, SHOWN).map(row));
}

function row(interest) {
  const bar = (kind) =>
    h(
      "span",
      { class: `bar ${kind}`, "data-kind": kind },
      h("span", { class: "fill" }),
      h("span", { class: "amount" }),
    );
  const item = h(
    "li",
    { title: interest.name },
    h(
      "span",
      { class: "interest-name" },
      leaf(interest.name),
      interest.isBrand && h("span", { class: "tag" }, "brand"),
    ),
    bar("session"),
    bar("long"),
  );
  item.interest = interest;
  return item;
}

function tick(list) {
  if (!known) return;
  const seconds = (performance.now() - readAt) / 1000;
  const lives = { session: known.half_lives.session, long: known.half_lives.long_term };
  const values = [...list.children].map(({ interest }) => ({
    session: fade(Math.max(0, interest.session - interest.session_negative), seconds, lives.session),
    long: fade(Math.max(0, interest.long_term - interest.long_term_negative), seconds, lives.long),
  }));
  const most = Math.max(1, ...values.flatMap(Object.values));
  [...list.children].forEach((item, index) => {
    for (const bar of item.querySelectorAll(".bar")) {
      const value = values[index][bar.dataset.kind];
      bar.querySelector(".fill").style.setProperty("--share", `${Math.round((1000 * value) / most) / 10}%`);
      bar.querySelector(".amount").textContent =
        value < FEWEST ? "0" : value.toFixed(bar.dataset.kind == "session" ? 4 : 3);
    }
  });
}
