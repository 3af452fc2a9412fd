// The queue as a list: a page of rows, decided with the same keys, one by one or those with a tick.
import * as api from "./api.js";
import { fillText } from "./comment_text.js";
import { labelWords, readOnly, take } from "./counts.js";
import { make, name, part } from "./elements.js";
import { withMaskedQuotes } from "./masks.js";
import { say } from "./outcome.js";
import { clearFilters, go, place } from "./place.js";
import { preferences } from "./preferences.js";
import { forget } from "./reading_ahead.js";
import { isSending, send } from "./sending.js";
import { on } from "./signals.js";
import { undo } from "./undoing.js";
import { badge, counted, number, score } from "./words.js";

const PAGE = 50;

let offset = 0;
let total = 0;
let shown = [];
let turn = 0;

/** Enter the view at the top, or at the page of the comment in the address. */
export async function enter() {
  offset = 0;
  const { id, filters } = place();
  if (id) offset = await pageOf(id, filters);
  await load();
  if (id) linkOf(id)?.focus();
  else toHeading();
}

function toHeading() {
  window.scrollTo({ top: 0 });
  part("list-heading").focus({ preventScroll: true });
}

/** Nothing is left behind. */
export async function leave() {
  turn += 1;
}

/** The same page again, with the focus and the ticks where they were. */
export async function refresh() {
  const focused = focusedRow()?.dataset.id;
  const ticked = tickedIds();
  await load(ticked);
  if (focused && !document.querySelector("dialog[open]")) linkOf(focused)?.focus();
}

async function pageOf(id, filters) {
  try {
    const { position } = await api.row(id, filters);
    return position == null ? 0 : position - (position % PAGE);
  } catch {
    return 0;
  }
}

async function load(ticked = []) {
  const mine = ++turn;
  try {
    const found = await api.rows(place().filters, offset, PAGE);
    if (mine !== turn) return;
    if (!found.rows.length && offset) return toPage(0);
    shown = found.rows;
    total = found.total;
    render(ticked);
  } catch (problem) {
    if (mine === turn) say(problem.message, { isProblem: true });
  }
}

function render(ticked) {
  part("list-heading").textContent = total ? counted(total, "comment") : "No comment fits these filters";
  part("rows").replaceChildren(...(total ? shown.map((row) => item(row, ticked.includes(row.id))) : [empty()]));
  part("list-tools").hidden = !total;
  part("place").textContent = "";
  renderPages();
  showTicks();
}

function empty() {
  const clear = make("button", { type: "button", class: "outline", onclick: clearFilters }, "Clear all filters");
  return make("li", { class: "nothing" }, make("p", {}, "Take a filter off, or search for less."), clear);
}

function item(row, isTicked) {
  const excerpt = make("a", { href: hrefOf(row.id), "data-comment": row.id });
  fillText(excerpt, asPlain(row.excerpt), { dir: row.dir, isQuiet: true });
  const tick = make("input", { type: "checkbox", onchange: showTicks, "aria-label": `Tick the comment by ${row.author || "somebody without a name"}` });
  /** @type {HTMLInputElement} */ (tick).checked = isTicked;
  const priority = make("span", { class: "priority" }, make("span", { class: "hidden" }, "priority "), number(row.priority));
  const body = make("div", {}, excerpt, make("p", { class: "by" }, ...byline(row)));
  return make("li", { class: "row", "data-id": row.id }, make("label", { class: "tick" }, tick), priority, body, why(row));
}

/** A button inside a link would be two controls in one; in the list masks are words. */
function asPlain(segments) {
  return segments.map((segment) => {
    if (!segment.is_masked) return segment;
    if (!preferences().masked) return { ...segment, is_masked: false };
    return { ...segment, text: `${[...segment.text][0] ?? ""}•••`, is_masked: false };
  });
}

function byline(row) {
  const page = `${row.source}${row.number ? ` › ${row.number}` : ""}`;
  const language = row.language?.name ?? "";
  const words = [name(row.author), row.source ? name(page) : null, language ? make("span", {}, language) : null];
  return words.filter(Boolean);
}

function why(row) {
  const reason = row.top_reason;
  const isTerm = reason?.code.startsWith("lexicon");
  const words = reason ? make("span", { class: "top-reason" }, ...withMaskedQuotes(reason.words, () => isTerm)) : null;
  const { label } = place().filters;
  const figure = row.score == null || !label ? null : make("span", { class: "top-reason" }, `${labelWords(label)} ${score(row.score)}`);
  return make("div", { class: "why" }, row.verdict ? badge(row.verdict) : null, words, figure);
}

function hrefOf(id) {
  const query = new URLSearchParams(location.search);
  query.delete("view");
  query.set("id", id);
  return `?${query}`;
}

function renderPages() {
  const last = Math.max(0, Math.ceil(total / PAGE) - 1);
  const page = offset / PAGE;
  const turnTo = (words, to, isOff) => make("button", { type: "button", class: "outline", disabled: isOff, onclick: () => toPage(to) }, words);
  const words = make("span", {}, `${number(offset + 1)} to ${number(Math.min(offset + PAGE, total))} of ${number(total)}`);
  part("pages").replaceChildren(...(last ? [turnTo("Earlier", page - 1, page === 0), words, turnTo("Later", page + 1, page === last)] : []));
}

async function toPage(page) {
  offset = page * PAGE;
  await load();
  window.scrollTo({ top: 0 });
  part("list-heading").focus();
}

function ticks() {
  return /** @type {HTMLInputElement[]} */ ([...part("rows").querySelectorAll("input[type=checkbox]")]);
}

function tickedIds() {
  return ticks().filter((tick) => tick.checked).map((tick) => tick.closest("li")?.dataset.id ?? "");
}

function showTicks() {
  const all = ticks();
  const ids = tickedIds();
  for (const tick of all) tick.closest("li")?.setAttribute("data-selected", String(tick.checked));
  const every = /** @type {HTMLInputElement} */ (part("select-all"));
  every.checked = ids.length > 0 && ids.length === all.length;
  every.indeterminate = ids.length > 0 && ids.length < all.length;
  part("selected-words").textContent = ids.length
    ? `${counted(ids.length, "row")} with a tick: a verdict goes to all of them.`
    : "A verdict key decides the row that has the focus. x ticks it, Enter opens it.";
  for (const button of part("list-verdicts").querySelectorAll("button")) {
    button.setAttribute("aria-disabled", String(!ids.length || Boolean(readOnly())));
  }
}

function focusedRow() {
  return /** @type {HTMLElement|null} */ (document.activeElement?.closest("#rows > li.row") ?? null);
}

function linkOf(id) {
  return /** @type {HTMLElement|null} */ (part("rows").querySelector(`li[data-id="${CSS.escape(id)}"] a`));
}

async function decide(verdict, { onlyTicked = false } = {}) {
  if (isSending()) return;
  if (readOnly()) return say(readOnly(), { isProblem: true });
  const ticked = tickedIds();
  const focused = focusedRow()?.dataset.id;
  const ids = ticked.length ? ticked : focused && !onlyTicked ? [focused] : [];
  if (!ids.length) return say("No row has a tick or the focus. Go to one with j, or tick some.");
  const next = ticked.length ? focused : after(focused);
  const seen = Object.fromEntries(shown.filter((row) => ids.includes(row.id)).map((row) => [row.id, row.change]));
  await settle({ ids, verdict, note: null, seen, whole_group: false }, next);
}

async function settle(body, next) {
  try {
    const done = await send("decisions", body, `${body.verdict || "take back"} for ${counted(body.ids.length, "comment")}`);
    if (!done) return say("The decision was not sent. Nothing has changed.");
    take(done.summary);
    forget(body.ids);
    const kept = done.refused.length;
    const others = kept ? ` ${counted(kept, "row was", "rows were")} decided by somebody else meanwhile and stay as they are.` : "";
    say(`${done.sentence}${others}`, { undo });
    await load();
    (linkOf(next ?? "") ?? part("list-heading")).focus();
  } catch (problem) {
    say(`Not saved. ${problem.message}`, { isProblem: true });
  }
}

function after(id) {
  const at = shown.findIndex((row) => row.id === id);
  return shown[at + 1]?.id ?? id;
}

function step(by) {
  const links = /** @type {HTMLElement[]} */ ([...part("rows").querySelectorAll("li.row a[data-comment]")]);
  const at = links.findIndex((link) => link.closest("li") === focusedRow());
  const to = links[at < 0 ? 0 : at + by];
  if (to) to.focus();
  else say(by > 0 ? "This is the last row of the page." : "This is the first row of the page.");
}

function tick() {
  const box = /** @type {HTMLInputElement|null} */ (focusedRow()?.querySelector("input[type=checkbox]") ?? null);
  if (!box) return false;
  box.checked = !box.checked;
  showTicks();
  return true;
}

/** What keys do here. */
export const actions = {
  approve: () => decide("approve"),
  remove: () => decide("remove"),
  escalate: () => decide("escalate"),
  unsure: () => decide("unsure"),
  takeBack: () => decide(""),
  next: () => step(1),
  previous: () => step(-1),
  skip: () => step(1),
  tick,
};

/** Listen to the view's own controls. */
export function listen() {
  for (const button of part("list-verdicts").querySelectorAll("button")) {
    button.addEventListener("click", () => decide(button.dataset.verdict ?? "", { onlyTicked: true }));
  }
  on("preferences", () => {
    if (place().view === "list") refresh();
  });
  const every = /** @type {HTMLInputElement} */ (part("select-all"));
  every.addEventListener("change", () => {
    for (const box of ticks()) box.checked = every.checked;
    showTicks();
  });
  part("rows").addEventListener("click", (event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest("a[data-comment]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go({ view: "desk", id: /** @type {HTMLElement} */ (link).dataset.comment ?? "" });
  });
}
