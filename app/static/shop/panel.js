/** "What Shelflife sees": the visitor as the service knows them, while they look around. */

import { sdk } from "./client.js";
import { on } from "./bus.js";
import { h, icon } from "./dom.js";
import { answersPart } from "./panel-answers.js";
import { eventsPart } from "./panel-events.js";
import { interestsPart } from "./panel-interests.js";

const WIDE = matchMedia("(min-width: 1180px)");

/** Fill the panel; returns the button that opens and closes it. */
export function buildPanel(panel) {
  const toggle = h(
    "button",
    { class: "panel-toggle", type: "button", "aria-controls": panel.id, "aria-expanded": false },
    icon("eye"),
    h("span", {}, "What Shelflife sees"),
  );
  const close = h("button", { class: "icon-button", type: "button", "aria-label": "Close the panel" }, icon("close"));
  const body = h(
    "div",
    { class: "panel-body", tabindex: 0, role: "group", "aria-label": "What Shelflife sees" },
    whoPart(),
    interestsPart(),
    eventsPart(),
    answersPart(),
  );
  panel.append(
    h("header", { class: "panel-head" }, h("h2", { id: "panel-title" }, "What Shelflife sees"), close),
    body,
  );
  const open = (isOpen) => {
    panel.hidden = !isOpen;
    toggle.setAttribute("aria-expanded", isOpen);
    document.body.classList.toggle("panel-open", isOpen);
  };
  const shut = () => {
    open(false);
    toggle.focus();
  };
  toggle.addEventListener("click", () => {
    open(panel.hidden);
    if (!panel.hidden && !WIDE.matches) close.focus();
  });
  close.addEventListener("click", shut);
  panel.addEventListener("keydown", (event) => event.key == "Escape" && shut());
  open(WIDE.matches);
  return toggle;
}

/** Who that is: ids, session, consent. */
function whoPart() {
  const list = h("dl", { class: "facts" });
  const draw = async () => {
    const client = await sdk;
    const rows = client ? facts(client) : [["Visitor", "the SDK is not there, so nobody is known"]];
    list.replaceChildren(...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  };
  on("visitor", draw);
  on("profile", draw);
  sdk.then((client) => client?.on("event", draw));
  draw();
  return h("section", { class: "part", "aria-label": "Visitor" }, list);
}

function facts({ userId, anonymousId, sessionId, consentState }) {
  if (consentState != "granted") {
    const why = navigator.globalPrivacyControl
      ? "Global Privacy Control is on: nothing is stored, popular products are shown"
      : `Consent is ${consentState}: nothing is stored`;
    return [
      ["Visitor", "nobody in particular"],
      ["Consent", why],
    ];
  }
  return [
    ["Visitor", userId ? `${userId} (signed in)` : "anonymous"],
    ["Browser", short(anonymousId)],
    ["Session", short(sessionId) || "begins with the first event"],
    ["Consent", "granted"],
  ];
}

const short = (id) => (id?.length > 14 ? `${id.slice(0, 12)}…` : id || "");
