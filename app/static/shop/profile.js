/** What the service knows of the visitor, read again whenever something of theirs has arrived. */

import { get } from "./api.js";
import { emit, on } from "./bus.js";
import { sdk } from "./client.js";

const SETTLE_MS = 150;
let timer,
  known = null;

/** The newest profile; null for a stranger. Also a notice, `profile`. */
export async function readProfile() {
  const client = await sdk;
  const { userId, anonymousId } = client || {};
  const path = userId
    ? `users/${encodeURIComponent(userId)}`
    : anonymousId && `anonymous/${encodeURIComponent(anonymousId)}`;
  try {
    known = path ? await get(`/v1/${path}`) : null;
    emit("profile", known);
  } catch (error) {
    console.warn(error);
  }
  return known;
}

export const profile = () => known;

const soon = () => {
  clearTimeout(timer);
  timer = setTimeout(readProfile, SETTLE_MS);
};

on("visitor", soon);
sdk.then((client) => {
  client?.on("sent", soon);
  client?.on("visitor", () => emit("visitor"));
});

/** Ids of products that the visitor looked at, the latest first. */
export function viewed() {
  const seen = (known?.recent || []).filter((met) => met.type == "view").map((met) => met.product_id);
  return [...new Set(seen)];
}
