// A comment's text with its marks. Each segment becomes a text node or a marked one.
import { heard, make } from "./elements.js";
import { maskable } from "./masks.js";

/**
 * @typedef {{text: string, kinds: string[], term: number|null, passage: number|null, is_masked: boolean}} Segment
 * @param {HTMLElement} holder
 * @param {Segment[]} segments
 * @param {{dir?: string, language?: string, terms?: any[], isQuiet?: boolean}} [about] isQuiet: marks
 *     are not announced, as in a list
 */
export function fillText(holder, segments, about = {}) {
  holder.setAttribute("dir", about.dir || "auto");
  if (about.language) holder.setAttribute("lang", about.language);
  else holder.removeAttribute("lang");
  holder.replaceChildren(...joined(segments).map((segment) => piece(segment, about)));
}

/** Characters from which a text may be longer than its box, on a narrow screen too. */
const MAY_SCROLL = 300;

/**
 * Let the keyboard into a box whose text may be longer than the box.
 * @param {HTMLElement} holder
 * @param {string} words what a screen reader calls it
 */
export function scrollable(holder, words) {
  if ((holder.textContent ?? "").length < MAY_SCROLL) return;
  holder.tabIndex = 0;
  holder.setAttribute("role", "group");
  holder.setAttribute("aria-label", words);
}

/** The segments of a brief; some have only a plain text. */
export function segmentsOf(brief) {
  return brief.segments ?? brief.excerpt ?? [{ text: brief.text ?? "", kinds: [], is_masked: false }];
}

/** A masked term that invisible characters cut in pieces is masked as one. */
function joined(segments) {
  const whole = [];
  for (const segment of segments) {
    const last = whole.at(-1);
    if (last?.is_masked && segment.is_masked && last.term === segment.term && last.term != null) {
      whole[whole.length - 1] = { ...last, text: last.text + segment.text };
    } else {
      whole.push(segment);
    }
  }
  return whole;
}

function piece(segment, about) {
  let node = segment.is_masked ? maskable(segment.text) : document.createTextNode(segment.text);
  if (segment.kinds.includes("invisible") && !segment.is_masked) node = invisible(segment.text);
  if (segment.kinds.includes("cut")) node = make("span", { class: "waiting" }, segment.text);
  if (segment.kinds.includes("term")) node = term(node, segment, about);
  if (segment.kinds.includes("passage")) node = passage(node, about);
  return node;
}

function invisible(words) {
  return make("span", { class: "invisible", title: "A character that cannot be seen" }, words);
}

function term(inner, segment, about) {
  const found = about.terms?.[segment.term];
  const said = found ? `, ${found.category}, ${found.severity_words}` : "";
  return make("mark", { class: "term" }, about.isQuiet ? null : heard(` [found${said}:] `), inner);
}

function passage(inner, about) {
  if (about.isQuiet) return make("mark", { class: "passage" }, inner);
  return make("mark", { class: "passage" }, heard(" [passage:] "), inner, heard(" [end of passage] "));
}
