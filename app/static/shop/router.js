/** Addresses of the shop, shown without loading the page anew. */

import { emit } from "./bus.js";

let routes = [];
let leave = new AbortController();

/** Show the page of the current address, and of every address of ours that is followed from now on. */
export function start(table) {
  routes = table;
  addEventListener("popstate", () => show());
  document.addEventListener("click", onClick);
  show(true);
}

/** Go to an address of the shop; `replace` takes the place of the current one. */
export function go(address, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  show();
  scrollTo(0, 0);
}

function onClick(event) {
  const link = event.target.closest?.("a[href]");
  const isPlain = event.button == 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || event.defaultPrevented || link.target || "outside" in link.dataset) return;
  const url = new URL(link.href);
  if (url.origin != location.origin || !find(url.pathname) || url.hash) return;
  event.preventDefault();
  go(url.pathname + url.search);
}

function find(path) {
  for (const [pattern, page] of routes) {
    const match = pattern.exec(path);
    if (match) return { page, parts: (match[1] || "").split("/").map(decode) };
  }
}

const decode = (part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

function show(isFirst = false) {
  leave.abort();
  leave = new AbortController();
  const { page, parts } = find(location.pathname) || (routes.at(-1) && { page: routes.at(-1)[1], parts: [] });
  const { title, node } = page({ parts, query: new URLSearchParams(location.search), signal: leave.signal });
  document.title = title ? `${title} · Sundry` : "Sundry";
  const main = document.getElementById("main");
  main.replaceChildren(node);
  markCurrent();
  emit("address");
  // Whoever listens hears where they are; the first page is announced by the browser itself.
  if (!isFirst) main.focus({ preventScroll: true });
}

/** Mark the links that lead to where we are. */
export function markCurrent() {
  for (const link of document.querySelectorAll(".departments a, .tools a")) {
    const path = new URL(link.href).pathname;
    const isHere = location.pathname == path || location.pathname.startsWith(path + "/");
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}
