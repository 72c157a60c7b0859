import type { Client } from "../types";
import { described, EVENT, nearest, PRODUCT } from "./elements";

/** Events that elements name themselves: a form's when it is sent, any other element's when it is clicked. */
export function watchNamed(client: Client): void {
  for (const type of ["click", "submit"]) {
    on(type, EVENT + "," + PRODUCT, (element) => {
      const event = element.dataset.shelflifeEvent;
      if (event && (element.tagName == "FORM") == (type == "submit")) client.track(event, described(element));
    });
  }
}

/** Clicks on products, unless they are on something in the product that has an event of its own. */
export function watchClicks(client: Client): void {
  on("click", EVENT + "," + PRODUCT, (element) => {
    if (!element.dataset.shelflifeEvent) client.track("click", described(element));
  });
}

/** While the event goes down, so that a page that stops it does not hide it. */
const on = (type: string, selector: string, callback: (element: HTMLElement) => void) =>
  document.addEventListener(
    type,
    (event) => {
      const element = nearest(event, selector);
      if (element) callback(element);
    },
    true,
  );
