/** Small helpers to make elements. Nothing here parses HTML, so no text of a product can become markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element. Functions are listeners, `style` sets properties, true and false are attributes without a value. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

function set(element, name, value) {
  if (typeof value == "function") element.addEventListener(name.slice(2), value);
  else if (name == "style") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false && value != null) element.setAttribute(name, value);
}

const ICONS = {
  heart: "M12 20s-7.5-4.6-7.5-10A4.3 4.3 0 0 1 12 7.3 4.3 4.3 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z",
  bag: "M5.5 8.5h13l-1 11.5h-11zM9 8.5V7a3 3 0 0 1 6 0v1.5",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20.5 20.5",
  close: "M6 6l12 12M18 6 6 18",
  star: "M12 3.8l2.5 5.3 5.8.8-4.2 4 1 5.8-5.1-2.8-5.1 2.8 1-5.8-4.2-4 5.8-.8z",
};

/** A decorative icon, drawn in the colour of the text. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const euros = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" });

/** A price in the shop's currency; empty where none is known. */
export const price = (amount) => (amount == null ? "" : euros.format(amount));

/** The last part of a category's path. */
export const leaf = (category) => category.split(" > ").pop();

/** The address of a category's page. */
export const categoryPath = (category) => "/c/" + category.split(" > ").map(encodeURIComponent).join("/");

/** The address of a product's page. */
export const productPath = (id) => "/p/" + encodeURIComponent(id);

/** Tell those who listen to the page rather than see it. */
export function say(text) {
  document.getElementById("said").textContent = text;
}
