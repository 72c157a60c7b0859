/** What a search finds; popular products where it finds nothing. */

import { readList } from "../api.js";
import { report } from "../client.js";
import { h } from "../dom.js";
import { listShelf, liveShelf } from "../shelf.js";
import { listing } from "./listing.js";

let reported = "";

export function searchPage({ query, signal }) {
  const words = (query.get("q") || "").trim();
  const field = document.getElementById("q");
  if (field.value.trim() != words) field.value = words;
  if (!words)
    return {
      title: "Search",
      node: h(
        "div",
        { class: "page" },
        h("h1", {}, "Search"),
        h("p", { class: "nothing" }, "Type what you look for into the field above."),
      ),
    };
  if (reported != words) report("search", words);
  reported = words;
  const node = h("div", { class: "page" }, h("h1", {}, `Results for “${words}”`));
  const empty = (grid) => {
    grid.append(h("li", { class: "nothing" }, "Nothing has all of these words. Fewer words find more."));
    node.append(listShelf("Popular now", readList("popular", { limit: 12 }), { signal }));
  };
  node.append(
    listing({ q: words }, query, signal, empty),
    liveShelf("For you", { placement: "search" }, { size: 5, signal }),
  );
  return { title: `“${words}”`, node };
}
