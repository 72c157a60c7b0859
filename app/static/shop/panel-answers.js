/** What was asked, how long the answer took, and why each product is in it. */

import { on } from "./bus.js";
import { sdk } from "./client.js";
import { h } from "./dom.js";

const KEPT = 8;
const seen = new Set();

export function answersPart() {
  const list = h("ol", { class: "answers" });
  const nothing = h("p", { class: "note" }, "Nothing was asked on this page yet.");
  const show = (title, answer, ms) => {
    if (seen.has(answer.recommendation_id)) return;
    seen.add(answer.recommendation_id);
    nothing.hidden = true;
    const item = draw(title, answer, ms);
    if (!list.querySelector("details[open]")) item.firstChild.open = true;
    list.prepend(item);
    while (list.children.length > KEPT) list.lastChild.remove();
  };
  sdk.then((client) =>
    client?.on("answer", ({ question, answer, ms }) =>
      show(question?.placement || answer.placement || answer.strategy, answer, ms),
    ),
  );
  on("pushed", (answer) => show(answer.placement || answer.strategy, answer));
  on("request", ({ path, body, ms }) => body.recommendation_id && show(path.split("/").pop(), body, ms));
  return h(
    "section",
    { class: "part", "aria-labelledby": "answers-title" },
    h("h3", { id: "answers-title" }, "Answers, and why"),
    nothing,
    list,
  );
}

function draw(title, answer, ms) {
  const how = answer.fallback || answer.strategy;
  const took = ms == null ? "pushed" : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const summary = h(
    "summary",
    {},
    h("span", { class: "answer-title" }, title.replaceAll("-", " ")),
    h("span", { class: "tag" }, how.replaceAll("_", " ")),
    h("span", { class: "took" }, took),
  );
  return h(
    "li",
    {},
    h("details", {}, summary, h("ol", { class: "picks" }, answer.recommendations.slice(0, 10).map(pick))),
  );
}

function pick({ product, product_id, reason, sources, score }) {
  return h(
    "li",
    {},
    h("span", { class: "pick-name" }, product.name || product_id),
    h("span", { class: "pick-why" }, reason.text),
    h(
      "span",
      { class: "pick-sources" },
      sources.slice(0, 4).map((source) => h("span", { class: "tag" }, source.replaceAll("_", " "))),
      h("span", { class: "score" }, score > 1e6 ? "" : score >= 100 ? Math.round(score) : score.toFixed(3)),
    ),
  );
}
