import type { Client } from "../types";

/** Without what leads to a place within the page; routes in the hash begin with / or !. */
const route = () => location.href.replace(/#(?![/!]).*/, "");

/** A `page` for the first page, and each time that the address changes without a new one. */
export function watchRoutes(client: Client): void {
  let last: string | undefined;
  const look = () => {
    if (route() != last) client.page();
    last = route();
  };
  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) navigation.addEventListener("navigatesuccess", look);
  else {
    for (const name of ["pushState", "replaceState"] as const) {
      const original = history[name];
      history[name] = function (...all) {
        original.apply(this, all);
        look();
      };
    }
    addEventListener("popstate", look);
  }
  look();
}
