// Why a comment is here: reasons in words, scores as bars, words found.
import { draw, icon, make, name } from "./elements.js";
import { maskable, withMaskedQuotes } from "./masks.js";
import { capitalised, number, score } from "./words.js";

const FIRST = 4; // reasons that are shown; the rest is folded

/**
 * The parts of the evidence, top to bottom.
 * @param {any} row ROW of the program
 * @param {(HTMLElement|null)[]} [history] what was decided about comments like it
 * @returns {(HTMLElement|null)[]}
 */
export function evidence(row, history = []) {
  return [why(row), scores(row), ...history, terms(row), facts(row)];
}

/** Facts for looking a comment up elsewhere. */
function facts(row) {
  const lines = [["priority", number(row.priority)], ["id", row.id], ["scored by", row.scored_by]];
  const pairs = lines.filter(([, fact]) => fact);
  const list = pairs.flatMap(([word, fact]) => [make("dt", {}, word), make("dd", {}, name(fact))]);
  return make("section", {}, make("dl", { class: "facts" }, ...list));
}

/** Whether a quoted term is one of the row's masked ones. */
function isMaskedTerm(row) {
  const masked = (row.terms ?? []).filter((term) => term.is_masked ?? term.severity >= 2);
  const words = new Set(masked.flatMap((term) => [term.text, term.term].map((word) => word.toLowerCase())));
  return (quoted) => words.has(quoted.toLowerCase());
}

function why(row) {
  const isMasked = isMaskedTerm(row);
  const items = row.reasons.map((reason) => reasonItem(reason, isMasked));
  const rest = items.splice(FIRST);
  const more = rest.length ? fold(`${number(rest.length)} more`, make("ul", { class: "reasons" }, ...rest)) : null;
  const none = row.has_evidence
    ? "No reason is noted; it may be one of a sample."
    : row.reasons_cell || "The scores file is not beside the queue, so the marks and reasons are missing.";
  const body = items.length ? make("ul", { class: "reasons" }, ...items) : make("p", { class: "waiting" }, none);
  return make("section", {}, make("h3", {}, "Why it is here"), body, more);
}

function fold(words, content) {
  return make("details", {}, make("summary", {}, words), content);
}

function reasonItem(reason, isMasked) {
  const detector = reason.code.split(".", 1)[0];
  const [kind, shape] = { lexicon: ["of-terms", "term"], toxicity: ["of-model", "passage"] }[detector] ?? ["", "warning"];
  const words = withMaskedQuotes(capitalised(reason.words), detector === "lexicon" ? isMasked : () => false);
  return make("li", { class: kind }, icon(shape), make("span", {}, ...words));
}

function scores(row) {
  if (!row.scores.length) return null;
  const explained = "The upright line is the policy’s threshold.";
  const list = make("ul", { class: "scores" }, ...row.scores.map(scoreItem));
  return make("section", {}, make("h3", { title: explained }, "Scores"), list);
}

function scoreItem({ words, value, threshold, is_over: isOver }) {
  const limit = threshold == null ? "" : isOver ? ` ≥ ${score(threshold)}` : ` < ${score(threshold)}`;
  const figures = make("span", { class: "value" }, make("b", {}, score(value)), limit && make("small", {}, limit));
  return make("li", { class: `score${isOver ? " over" : ""}` }, make("span", {}, words), figures, bar(value, threshold));
}

function bar(value, threshold) {
  const parts = [
    draw("rect", { class: "rail", x: 0, y: 2, width: 100, height: 6, "vector-effect": "non-scaling-stroke" }),
    draw("rect", { class: "fill", x: 0, y: 2, width: 100 * value, height: 6 }),
  ];
  if (threshold != null) {
    const at = 100 * threshold;
    const line = { x1: at, x2: at, y1: 0, y2: 10, "vector-effect": "non-scaling-stroke" };
    parts.push(draw("line", { ...line, class: "halo" }), draw("line", { ...line, class: "tick" }));
  }
  return draw("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, ...parts);
}

function terms(row) {
  if (!row.terms.length) return null;
  const pairs = row.terms.flatMap((term) => [make("dt", {}, ...termWord(term)), make("dd", {}, termWords(term))]);
  return make("section", {}, make("h3", {}, "Words found"), make("dl", { class: "terms" }, ...pairs));
}

function termWord(term) {
  const isMasked = term.is_masked ?? term.severity >= 2;
  return [isMasked ? maskable(term.text) : name(term.text)];
}

function termWords(term) {
  const parts = [term.category, term.target, term.severity_words, term.via_words, term.context_words];
  return capitalised(parts.filter(Boolean).join("; "));
}
