// The drawer of filters, and the chips that show what is set. Each change applies at once.
import * as api from "./api.js";
import { FILTERS, setFilters } from "./address.js";
import { labelWords } from "./counts.js";
import { icon, make, part } from "./elements.js";
import { filterBy, place } from "./place.js";
import { counted, number, score, verdictWords } from "./words.js";

const ORDERS = [["priority", "priority, as the file stands"], ["score", "score, high first"], ["page", "page by page"], ["newest", "newest decision first"]];
const STANDINGS = { undecided: "open", decided: "decided", conflict: "conflict", noted: "with a note" };
const SEVERITIES = { 1: "mild", 2: "moderate", 3: "severe", 4: "extreme" };
const TITLES = { reason: "reason", severity: "severity", target: "target", label: "score", page: "page", language: "language", author: "author", group: "near-duplicates" };

/** Words of facets that were seen, for the chips. */
const seenWords = new Map();
let turn = 0;

/** Fill the drawer with what there is under the filters that are set. */
export async function fillFilters() {
  const mine = ++turn;
  const { filters } = place();
  try {
    const found = await api.facets(filters);
    if (mine !== turn) return;
    remember(found);
    render(found, filters);
  } catch (problem) {
    part("filter-count").textContent = problem.message;
  }
}

/** Show a chip for each filter that is set. */
export function showChips() {
  const { filters } = place();
  const scored = { ...filters, low: "0", high: "1" };
  part("chips").replaceChildren(...setFilters(scored).map(([filter, value]) => chip(filter, chipWords(filter, value, filters))));
  const field = /** @type {HTMLInputElement} */ (part("search"));
  if (document.activeElement !== field) field.value = filters.search;
}

/** Listen to the search field and the drawer's buttons. */
export function listenToFilters() {
  const field = /** @type {HTMLInputElement} */ (part("search"));
  part("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    filterBy({ search: field.value.trim() });
    part("work").focus();
  });
  field.addEventListener("search", () => {
    if (!field.value && place().filters.search) filterBy({ search: "" });
  });
  part("clear-filters").addEventListener("click", () => change({ ...FILTERS }));
}

function render(found, filters) {
  const focused = document.activeElement?.id;
  part("filter-fields").replaceChildren(
    choice("verdict", "Standing", found.verdict, filters, "all"),
    choice("reason", "Reason", found.reason, filters, "any"),
    choice("severity", "Severity of a word, at least", found.severity, filters, "any", "0"),
    choice("target", "Target group", found.target, filters, "any"),
    scoreRange(found.label, filters),
    choice("page", "Page", found.page, filters, "all"),
    choice("language", "Language", found.language, filters, "all"),
    text("author", "Author", filters),
    order(filters),
  );
  if (focused) document.getElementById(focused)?.focus();
  api.rows(filters, 0, 1).then(({ total }) => { part("filter-count").textContent = `${counted(total, "comment")} found`; }, () => {});
}

function change(filters) {
  filterBy(filters);
  fillFilters();
}

function labelled(id, words, control) {
  control.id = id;
  return make("div", {}, make("label", { for: id }, words), control);
}

function choice(filter, words, facets, filters, all, none = "") {
  const options = (facets ?? []).map(({ value, words: said, count }) => [String(value), count == null ? said : `${said} (${number(count)})`]);
  const now = filters[filter];
  if (now !== none && !options.some(([value]) => value === now)) options.unshift([now, seenWords.get(`${filter} ${now}`) ?? now]);
  return labelled(`filter-${filter}`, words, select([[none, all], ...options], now, (value) => change({ [filter]: value })));
}

function select(options, now, changed) {
  const field = /** @type {HTMLSelectElement} */ (make("select", {}, ...options.map(([value, words]) => make("option", { value }, words))));
  field.value = now;
  field.addEventListener("change", () => changed(field.value));
  return field;
}

function text(filter, words, filters) {
  const field = /** @type {HTMLInputElement} */ (make("input", { autocomplete: "off", spellcheck: "false" }));
  field.value = filters[filter];
  field.addEventListener("change", () => change({ [filter]: field.value.trim() }));
  return labelled(`filter-${filter}`, words, field);
}

function order(filters) {
  const changed = (value) => change({ order: value, ...(value === "score" && !filters.label ? { label: "toxicity" } : {}) });
  return labelled("filter-order", "Order", select(ORDERS, filters.order, changed));
}

function scoreRange(labels, filters) {
  const options = (labels ?? []).map(({ value, words }) => [value, words]);
  const pick = select([["", "any"], ...options], filters.label, (label) => change({ label, low: "0", high: "1" }));
  const bound = (side, words) => {
    const field = /** @type {HTMLInputElement} */ (make("input", { type: "number", min: 0, max: 1, step: 0.01, disabled: !filters.label }));
    field.value = filters[side];
    field.addEventListener("change", () => change({ [side]: String(Math.min(1, Math.max(0, Number(field.value) || 0))) }));
    return labelled(`filter-${side}`, words, field);
  };
  return make("div", { class: "fields" }, labelled("filter-label", "Score", pick), make("div", { class: "pair" }, bound("low", "from"), bound("high", "to")));
}

function chip(filter, words) {
  const off = filter === "label" ? { label: "", low: "0", high: "1" } : { [filter]: FILTERS[filter] };
  const clear = () => { filterBy(off); part("open-filters").focus(); };
  const cross = make("button", { type: "button", "aria-label": `Take off the filter ${words}`, onclick: clear }, icon("close"));
  return make("li", { class: "chip" }, make("span", { dir: "auto" }, words), cross);
}

function chipWords(filter, value, filters) {
  if (filter === "search") return `“${value}”`;
  if (filter === "verdict") return STANDINGS[value] ?? verdictWords(value);
  if (filter === "severity") return `${SEVERITIES[value] ?? value} or worse`;
  if (filter === "label") return `${labelWords(value)} ${score(Number(filters.low))} to ${score(Number(filters.high))}`;
  if (filter === "order") return ORDERS.find(([order]) => order === value)?.[1] ?? value;
  return `${TITLES[filter]}: ${seenWords.get(`${filter} ${value}`) ?? plainly(value)}`;
}

/** A reason's code as people say it, until the program has told its words. */
function plainly(value) {
  const detectors = { lexicon: "word list", toxicity: "model", not_checked: "not checked" };
  const [detector, what] = value.split(".", 2);
  if (!detectors[detector]) return value;
  return what ? `${detectors[detector]}: ${what.replaceAll("_", " ")}` : detectors[detector];
}

function remember(found) {
  for (const [filter, values] of Object.entries(found)) {
    for (const { value, words } of values ?? []) seenWords.set(`${filter} ${value}`, words);
  }
}
