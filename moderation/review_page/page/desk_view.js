// One comment at a time: show it, take the verdict, and go on when it is saved.
import * as api from "./api.js";
import { showComment, showReadingTools, spokenHeading } from "./comment_card.js";
import { askForCounts, counts, readOnly, take } from "./counts.js";
import { busy, changedNote, listenToDock, noteSaved, readyDock, showNoteState, toggleGroup, wholeGroup } from "./dock.js";
import { part } from "./elements.js";
import { evidence } from "./evidence.js";
import { showEnd, showLoading, showProblem } from "./nothing.js";
import { announce, say } from "./outcome.js";
import { nowAt, place } from "./place.js";
import { fetched, forget, forgetAll } from "./reading_ahead.js";
import { isSending, send } from "./sending.js";
import { on } from "./signals.js";
import { isClashShown, showClash, showStanding } from "./standing.js";
import { hideNeighbours, history, showNeighbours, toggleNeighbours } from "./surroundings.js";
import { undo } from "./undoing.js";
import { number, shortened } from "./words.js";

const TOO_SOON = 150; // ms after a comment appeared; a key pressed twice must not decide the unseen next

let current = null; // {row, position, total, previous, next, next_undecided}
let shownAt = 0;
let wasReadOnly = false;
let turn = 0; // each showing has a number, so that a late answer does not replace a newer one
const skipped = new Set();
const trail = []; // comments that were shown, for the way back

/** Enter the view: the comment of the address, or the first open one. */
export async function enter() {
  const { id, filters } = place();
  if (id) return show(id, { replace: true });
  const mine = ++turn;
  showLoading();
  try {
    const open = filters.verdict ? filters : { ...filters, verdict: "undecided" };
    const found = await api.rows(open, 0, 1);
    if (mine !== turn) return;
    if (found.rows.length) await show(found.rows[0].id, { replace: true });
    else await end();
  } catch (problem) {
    showProblem(problem, enter);
  }
}

/** Leave the view; a note that was begun is saved. */
export function leave() {
  turn += 1;
  return saveNote({ isQuiet: true });
}

/**
 * Show a comment.
 * @param {string} id
 * @param {{replace?: boolean, keepFocus?: boolean}} [how] replace: no new step for the Back button
 */
export async function show(id, { replace = false, keepFocus = false } = {}) {
  const mine = ++turn;
  const late = setTimeout(showLoading, 400);
  const { filters } = place();
  const { row, around } = fetched(id, filters);
  try {
    const found = await row;
    clearTimeout(late);
    if (mine !== turn) return;
    nowAt(id, { replace });
    if (trail.at(-1) !== id) trail.push(id);
    render(found);
    if (!keepFocus) focusComment();
    await showAround(around, mine);
    readAhead();
  } catch (problem) {
    clearTimeout(late);
    if (mine === turn) showProblem(problem, () => show(id, { replace }));
  }
}

/** What a verdict does; "" takes the decision back. */
async function decide(verdict, note = changedNote()) {
  if (!current || isSending() || performance.now() - shownAt < TOO_SOON) return;
  if (readOnly()) return say(readOnly(), { isProblem: true });
  if (isClashShown()) return say("Take their verdict or yours first: see above the comment.");
  const { row } = current;
  const body = {
    ids: [row.id], verdict, note, seen: { [row.id]: row.standing.change }, whole_group: wholeGroup(),
  };
  await settle(body, row);
}

async function settle(body, row) {
  busy(true);
  try {
    const done = await send("decisions", body, spokenDecision(body, row));
    if (done) await afterDecision(done, body, row);
    else say("The decision was not sent. Nothing has changed.");
  } catch (problem) {
    say(`Not saved. ${problem.message}`, { isProblem: true });
  } finally {
    busy(false);
    if (current) readyDock(current.row, { isReadOnly: Boolean(readOnly()) });
  }
}

async function afterDecision(done, body, row) {
  take(done.summary);
  forget(done.rows.map((one) => one.id));
  const refused = done.refused.find((one) => one.id === row.id);
  if (refused && !isMine(refused, body)) return clash(refused, body, row);
  noteSaved(row.id);
  skipped.delete(row.id);
  say(done.sentence, done.rows.length ? { undo } : {});
  if (body.verdict === "") await show(row.id, { replace: true });
  else await advance(await stillOpen(done));
}

/** An answer was lost on the way and the same decision sent twice: it stands already. */
function isMine(refused, body) {
  return refused.verdict === body.verdict && refused.reviewer === (counts()?.reviewer ?? "");
}

function clash(theirs, body, row) {
  forget([row.id]);
  say("Not saved: somebody decided this comment meanwhile.", { isProblem: true });
  const mine = { verdict: body.verdict, note: body.note ?? row.standing.note };
  showClash(theirs, mine, {
    keep: () => { noteSaved(row.id); advance(following()); },
    insist: () => settle({ ...body, note: mine.note, seen: { [row.id]: theirs.change } }, row),
  });
}

/** The next open comment; when people look through decided ones, simply the next. */
function following() {
  const { verdict } = place().filters;
  return verdict && verdict !== "undecided" ? current.next : current.next_undecided;
}

/** The same, past the near-duplicates that this decision has just decided too. */
async function stillOpen(done) {
  const next = following();
  if (!done.rows.some((one) => one.id === next && one.verdict)) return next;
  const { row } = fetched(current.row.id, place().filters);
  current = { ...(await row), row: current.row };
  return following();
}

async function advance(id) {
  if (id && id !== current?.row.id) return show(id);
  try {
    const { filters } = place();
    const open = filters.verdict ? filters : { ...filters, verdict: "undecided" };
    const found = await api.rows(open, 0, 2);
    const other = found.rows.find((one) => one.id !== current?.row.id);
    return other ? show(other.id) : await end();
  } catch (problem) {
    return showProblem(problem, () => advance(id));
  }
}

async function end() {
  const mine = ++turn;
  current = null;
  const { filters } = place();
  const open = filters.verdict ? filters : { ...filters, verdict: "undecided" };
  const [left, found] = await Promise.all([api.rows(open, 0, 1), api.rows(filters, 0, 1), askForCounts()]);
  if (mine !== turn) return;
  nowAt("", { replace: true });
  showEnd({ left: left.total, found: found.total, hasSkipped: skipped.size > 0, counts: counts() });
}

async function saveNote({ isQuiet = false } = {}) {
  const note = current ? changedNote() : null;
  if (note === null || isSending() || readOnly()) return isQuiet ? undefined : focusComment();
  const { row } = current;
  try {
    const done = await send("notes", { id: row.id, note, seen: row.standing.change }, "a note");
    if (!done) return;
    take(done.summary);
    forget([row.id]);
    if (done.refused.length) return say("The note is not saved: somebody changed this comment. It stays in the field.", { isProblem: true });
    noteSaved(row.id);
    say(done.sentence, { undo });
    if (isQuiet || current?.row.id !== row.id) return;
    current.row.standing = { ...row.standing, ...done.rows.find((one) => one.id === row.id) };
    render(current);
    focusComment();
  } catch (problem) {
    say(`The note is not saved. ${problem.message}`, { isProblem: true });
  }
}

async function move(id, words) {
  if (isSending()) return;
  if (!id) return say(words);
  await saveNote({ isQuiet: true });
  await show(id);
}

function skip() {
  if (!current) return;
  skipped.add(current.row.id);
  const { next_undecided: next } = current;
  const isNew = next && !skipped.has(next);
  return isNew ? move(next, "") : saveNote({ isQuiet: true }).then(() => pastSkipped());
}

/** All that is open was skipped: say so, and begin again with the first of them. */
async function pastSkipped() {
  const next = current?.next_undecided;
  if (!next || next === current.row.id) return end();
  say(`Only the ${number(skipped.size)} that you skipped are left; here they are again.`);
  skipped.clear();
  return show(next);
}

function back() {
  const before = trail.slice(0, -1).at(-1);
  const isInList = current?.previous;
  if (isInList) return move(current.previous, "");
  if (before) trail.splice(-2);
  return move(before ?? null, "This is the first one.");
}

/** Somebody changed the queue: show what stands on this comment, and leave the reader where they are. */
export async function refresh() {
  forgetAll();
  if (!current || isSending() || isClashShown()) return;
  const mine = turn;
  try {
    const found = await fetched(current.row.id, place().filters).row;
    if (mine !== turn || !current) return;
    const isNews = found.row.standing.change > current.row.standing.change;
    const isSameText = found.row.text_length === current.row.text_length;
    current = isSameText ? { ...found, row: { ...current.row, standing: found.row.standing, history: found.row.history } } : found;
    showPlace();
    if (isNews) showNews(found.row);
  } catch {
    // The next look will tell.
  }
}

function showNews(row) {
  showState();
  announce(row.standing.verdict ? `${row.standing.reviewer || "Somebody"} decided this comment meanwhile.` : "This comment changed.");
}

function render(found) {
  current = found;
  shownAt = performance.now();
  for (const shown of ["dock", "moves"]) part(shown).hidden = false;
  showComment(found.row, showWhole);
  showState();
  hideNeighbours();
  part("evidence").replaceChildren(...evidence(found.row).filter(Boolean));
  showPlace();
}

function showState() {
  const isReadOnly = Boolean(readOnly());
  wasReadOnly = isReadOnly;
  showStanding(current.row, { decide, takeBack: actions.takeBack, isReadOnly });
  readyDock(current.row, { isReadOnly });
}

function showPlace() {
  const { position, total } = current;
  part("place").textContent = position == null ? `outside the ${number(total)} found` : `${number(position + 1)} of ${number(total)}`;
}

async function showAround(promise, mine) {
  const around = await promise.catch(() => null);
  if (!around || mine !== turn || !current) return;
  showNeighbours(around);
  const { row } = current;
  part("evidence").replaceChildren(...evidence(row, history(around, row)).filter(Boolean));
}

function readAhead() {
  const { filters } = place();
  for (const id of new Set([current.next_undecided, current.next])) if (id) fetched(id, filters);
}

async function showWhole() {
  const { row } = current;
  try {
    const whole = await api.row(row.id, place().filters, { whole: 1 });
    if (current?.row.id !== row.id) return;
    current.row = { ...whole.row, standing: row.standing };
    showComment(current.row, showWhole);
    part("comment").focus();
  } catch (problem) {
    say(problem.message, { isProblem: true });
  }
}

function focusComment() {
  toTop();
  part("comment").focus({ preventScroll: true });
  if (current) announce(spokenHeading(current.row, current.position, current.total));
}

/** The top of the page where the comment then is in sight; in a low window, the comment's top. */
function toTop() {
  window.scrollTo({ top: 0 });
  const reading = /** @type {HTMLElement} */ (part("comment").parentElement);
  if (reading.getBoundingClientRect().top > window.innerHeight * 0.4) reading.scrollIntoView();
}

function spokenDecision({ verdict, note }, row) {
  const about = row.author ? ` the comment by ${shortened(row.author, 40)}` : " a comment without a name";
  return `${verdict || "take back the decision on"}${about}${note ? `, with the note “${shortened(note, 200)}”` : ""}`;
}

/** What keys do here. */
export const actions = {
  approve: () => decide("approve"),
  remove: () => decide("remove"),
  escalate: () => decide("escalate"),
  unsure: () => decide("unsure"),
  takeBack: () => (current?.row.standing.verdict ? decide("") : say("Nothing is decided here.")),
  wholeGroup: toggleGroup,
  note: () => part("note").focus({ preventScroll: true }),
  next: () => move(current?.next, "This is the last one."),
  previous: back,
  skip,
  neighbours: toggleNeighbours,
  leave: focusComment,
};

/** Listen to the view's own controls. */
export function listen() {
  listenToDock({ decide, saveNote });
  const clicks = { "move-back": actions.previous, "move-on": actions.next, skip: actions.skip };
  for (const [id, act] of Object.entries(clicks)) part(id).addEventListener("click", act);
  on("turned", (ids) => {
    if (place().view !== "desk" || !ids.length) return;
    const turned = new Set(ids);
    show([current?.row.id, ...trail.slice().reverse()].find((id) => turned.has(id)) ?? ids[0]);
  });
  on("summary", () => {
    if (current && Boolean(readOnly()) !== wasReadOnly) showState();
  });
  on("preferences", () => {
    if (current) showReadingTools(current.row);
    showNoteState();
  });
}
