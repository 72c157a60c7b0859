// Making elements. Text is always text: what shops and visitors send is never read as markup.

/** An element with properties and children; `class`, `role`, `aria-…` and the like are attributes. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** The element of an id. */
export function find(id) {
  return document.getElementById(id);
}

/** Sets a text, if it is another one: a screen reader would read it again. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A row of cells; the first is its heading. A cell is a text, a number as text (`{number}`) or an element. */
export function row(cells) {
  return element("tr", {}, ...cells.map((cell, place) => {
    const number = cell?.number !== undefined;
    const attributes = { ...(place === 0 && { scope: "row" }), ...(number && { class: "number" }) };
    return element(place === 0 ? "th" : "td", attributes, number ? cell.number : cell);
  }));
}

const shown = new WeakMap();

/** Replaces the rows of a table's body when `values` are others than before; says so when there are none. */
export function fill(body, values, render, nothing) {
  const text = JSON.stringify(values);
  if (shown.get(body) === text) return;
  shown.set(body, text);
  const columns = body.closest("table").querySelectorAll("thead th").length;
  const empty = element("tr", {}, element("td", { colspan: columns, class: "quiet" }, nothing));
  body.replaceChildren(...(values.length ? values.map((value) => row(render(value))) : [empty]));
}
