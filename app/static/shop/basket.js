/** Cart and wishlist of this browser: kept in memory, and in localStorage as far as the visitor consents. */

import { emit, on } from "./bus.js";
import { maySave, report } from "./client.js";
import { say } from "./dom.js";

const KEY = "sundry";
/** In the cart: by id, quantity and what the catalogue shows. */
export const cart = new Map();
/** Ids on the wishlist. */
export const wishlist = new Set();
/** Ids that were bought, by what the service knows and by orders of this page. */
export const bought = new Set();

/** Take up what an earlier page left. */
export async function restore() {
  if (!(await maySave())) return;
  try {
    const saved = JSON.parse(localStorage.getItem(KEY)) || {};
    for (const [id, entry] of saved.cart || []) cart.set(id, entry);
    for (const id of saved.wishlist || []) wishlist.add(id);
  } catch {
    // A store that cannot be read is an empty one.
  }
  emit("cart");
  emit("wishlist");
}

async function changed(name) {
  emit(name);
  if (await maySave()) localStorage.setItem(KEY, JSON.stringify({ cart: [...cart], wishlist: [...wishlist] }));
}

const facts = ({ price, categories, brand }) => ({ price, categories, brand });

/** Put so many more of a product into the cart. */
export function add(product, quantity = 1) {
  const known = cart.get(product.product_id)?.quantity || 0;
  cart.set(product.product_id, { quantity: known + quantity, product });
  changed("cart");
  say(`${product.name} is in your cart.`);
  return report("addToCart", product.product_id, { quantity, ...facts(product) });
}

/** Change how many there are in the cart; 0 takes the product out. */
export function setQuantity(id, quantity) {
  const entry = cart.get(id);
  if (quantity > 0) entry.quantity = quantity;
  else cart.delete(id);
  changed("cart");
  if (quantity > 0) return;
  say(`${entry.product.name} is no longer in your cart.`);
  return report("removeFromCart", id);
}

/** Put a product on the wishlist, or take it off. */
export function toggleWish(product) {
  const id = product.product_id;
  const isNew = !wishlist.delete(id) && wishlist.add(id);
  changed("wishlist");
  say(`${product.name} is ${isNew ? "" : "no longer "}on your wishlist.`);
  return isNew ? report("wishlist", id) : report("track", "remove_from_wishlist", { product_id: id });
}

export const count = () => [...cart.values()].reduce((sum, entry) => sum + entry.quantity, 0);
export const total = () =>
  [...cart.values()].reduce((sum, { quantity, product }) => sum + quantity * (product.price || 0), 0);

/** Buy what is in the cart; returns the order's id. */
export function buy() {
  const order_id = `S-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`.toUpperCase();
  const items = [...cart].map(([product_id, { quantity, product }]) => ({ product_id, quantity, ...facts(product) }));
  for (const { product_id } of items) bought.add(product_id);
  const value = Math.round(total() * 100) / 100;
  cart.clear();
  changed("cart");
  report("purchase", items, { order_id, value, currency: "EUR" });
  return order_id;
}

/** Another person sits here now: nothing of the one before is theirs. */
export function forget() {
  cart.clear();
  wishlist.clear();
  bought.clear();
  changed("cart");
  changed("wishlist");
}

on("profile", (profile) => {
  const before = bought.size;
  for (const { product_id } of profile?.purchases || []) bought.add(product_id);
  if (bought.size > before) emit("bought");
});
