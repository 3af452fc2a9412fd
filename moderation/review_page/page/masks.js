// Slurs stay masked until somebody asks for them: one by a click, all by a key.
import { make } from "./elements.js";
import { choose, preferences } from "./preferences.js";

/** @type {WeakMap<Element, string>} the word behind each mask */
const words = new WeakMap();

/**
 * A word that is shown as its first letter and three dots until it is pressed.
 * @param {string} word
 */
export function maskable(word) {
  const mask = make("button", { type: "button", class: "masked", onclick: () => turn(mask) });
  words.set(mask, word);
  show(mask, !preferences().masked);
  return mask;
}

/** Show or hide all masked words, and keep it so. */
export function toggleMasks() {
  choose({ masked: !preferences().masked });
  for (const mask of document.querySelectorAll("button.masked")) show(mask, !preferences().masked);
}

/**
 * Words with a quoted term in them, masked where the term is one to mask.
 * @param {string} sentence
 * @param {(quoted: string) => boolean} isMasked
 * @returns {Node[]}
 */
export function withMaskedQuotes(sentence, isMasked) {
  return sentence.split(/(?<=["“])([^"“”]+)(?=["”])/u).map((piece, position) => {
    const quoted = position % 2 === 1 && isMasked(piece);
    return quoted ? maskable(piece) : document.createTextNode(piece);
  });
}

function turn(mask) {
  show(mask, mask.getAttribute("aria-pressed") !== "true");
}

function show(mask, shown) {
  const word = words.get(mask) ?? "";
  mask.textContent = shown ? word : `${firstLetter(word)}•••`;
  mask.setAttribute("aria-pressed", String(shown));
  if (shown) mask.removeAttribute("aria-label");
  else mask.setAttribute("aria-label", `${firstLetter(word)}•••, masked word`);
}

function firstLetter(word) {
  return [...word].find((letter) => letter.trim()) ?? "";
}
