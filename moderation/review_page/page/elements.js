// Building the page's parts. Text goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. A name that begins with "on" is a listener; true and false set or leave out an
 * attribute; null and undefined children are left out.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node|string|null|undefined)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) attach(element, name, value);
  element.append(...children.filter((child) => child != null && child !== ""));
  return element;
}

/** The same for a drawing: every attribute is set as it is. */
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** One of the shell's icons; it says nothing to a screen reader. */
export function icon(name) {
  const use = draw("use", { href: `#icon-${name}` });
  return draw("svg", { class: "icon", "aria-hidden": "true", focusable: "false" }, use);
}

/** @returns {HTMLElement} an element of the shell, which must be there */
export function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no part named ${id}.`);
  return element;
}

/** A button that is only words. */
export function button(words, onclick, attributes = {}) {
  return make("button", { type: "button", class: "outline", onclick, ...attributes }, words);
}

/** Text that only a screen reader gets. */
export function heard(words) {
  return make("span", { class: "hidden" }, words);
}

/** Somebody's name, held apart from the direction of the text around it. */
export function name(words, otherwise = "no name") {
  return make("bdi", {}, words || otherwise);
}

function attach(element, attribute, value) {
  if (attribute.startsWith("on")) element.addEventListener(attribute.slice(2), value);
  else if (value === true) element.setAttribute(attribute, "");
  else if (value !== false && value != null) element.setAttribute(attribute, String(value));
}
