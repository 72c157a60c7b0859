import type { Client } from "../types";
import { watchClicks, watchNamed } from "./clicks";
import { bridgeGa4 } from "./ga4";
import { watchHover } from "./hover";
import { watchImpressions } from "./impressions";
import { Reading } from "./reading";
import { watchRoutes } from "./routes";
import { watchViews } from "./views";

/** Watch what `auto` names, and elements that name an event themselves. */
export function capture(client: Client, auto: string | readonly string[] = ""): void {
  const wanted = (name: string) => (auto + "").split(/[\s,]+/).includes(name);
  watchNamed(client);
  if (wanted("clicks")) watchClicks(client);
  if (wanted("impressions")) watchImpressions(client);
  if (wanted("hover")) watchHover(client);
  // Before views, so that it hears of them.
  if (wanted("dwell") || wanted("scroll")) new Reading(client, wanted("dwell"), wanted("scroll"));
  if (wanted("spa")) watchRoutes(client);
  if (wanted("views")) watchViews(client);
  if (wanted("ga4")) bridgeGa4(client);
}
