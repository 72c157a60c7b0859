/** The service's public addresses. Every answer is timed, for the panel. */

import { emit } from "./bus.js";

/** The JSON at an address; null where there is no such thing. Throws what the service says went wrong. */
export async function get(path, query = {}) {
  const wanted = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat()) if (one != null && one !== "") wanted.append(name, one);
  const text = String(wanted);
  const started = performance.now();
  const response = await fetch(text ? `${path}?${text}` : path);
  const ms = performance.now() - started;
  if (response.status == 404) return null;
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail || response.statusText);
  emit("request", { path, query, body, ms });
  return body;
}

const idPath = (id) => encodeURIComponent(id);

export const findProducts = (query) => get("/v1/products", query);
export const readProduct = (id) => get(`/v1/products/${idPath(id)}`);
export const readCategories = () => get("/v1/categories");

/** Products of these ids, in their order. */
export async function productsOf(ids) {
  if (!ids.length) return [];
  return (await findProducts({ ids: ids.slice(0, 100).join(","), limit: 100 })).products;
}

/** A list that is the same for all: `trending`, `popular`, `new`, or of a product `similar` and `bought-together`. */
export function readList(name, query = {}, id = "") {
  return get(id ? `/v1/products/${idPath(id)}/${name}` : `/v1/${name}`, query);
}
