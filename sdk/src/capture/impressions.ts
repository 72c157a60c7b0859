import type { Client } from "../types";
import { described, PRODUCT } from "./elements";

const SEEN_MS = 1e3;
const SETTLE_MS = 200;

/** Reports elements of recommendations, as they describe themselves, of which half was in view for a second, each once. */
export function createImpressions(client: Client): IntersectionObserver | undefined {
  if (!window.IntersectionObserver) return;
  const seen = new Set<string>();
  /** Elements in view, with the timers that run while the page is visible. */
  const inView = new Map<Element, number>();
  const begin = (element: Element) => {
    clearTimeout(inView.get(element));
    inView.set(element, document.hidden ? 0 : window.setTimeout(report, SEEN_MS, element));
  };
  const report = (element: Element) => {
    const props = described(element);
    const key = props.recommendation_id + " " + props.product_id;
    if (props.recommendation_id && !seen.has(key)) client.track("impression", props);
    seen.add(key);
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) begin(target);
        else {
          clearTimeout(inView.get(target));
          inView.delete(target);
        }
      }
    },
    { threshold: 0.5 },
  );
  document.addEventListener("visibilitychange", () => inView.forEach((_, element) => begin(element)));
  return observer;
}

/** Impressions of all elements of the page that name their product. */
export function watchImpressions(client: Client): void {
  const impressions = createImpressions(client);
  if (impressions) watchElements((element) => impressions.observe(element));
}

/** All products of the page, now and as they come; some are told again. */
function watchElements(callback: (element: Element) => void): void {
  let waiting = false;
  const scan = () => {
    waiting = false;
    document.querySelectorAll(PRODUCT).forEach(callback);
  };
  const soon = () => {
    if (!waiting) setTimeout(scan, SETTLE_MS);
    waiting = true;
  };
  new MutationObserver(soon).observe(document, { childList: true, subtree: true });
  scan();
}
