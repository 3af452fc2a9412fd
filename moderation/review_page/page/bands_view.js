// Bands: take a range of scores, look at a sample of what is open in it, decide it in one go.
import { setFilters } from "./address.js";
import * as api from "./api.js";
import { fillText, scrollable, segmentsOf } from "./comment_text.js";
import { counts, labelWords, readOnly, take } from "./counts.js";
import { confirmed } from "./dialogs.js";
import { make, name, part } from "./elements.js";
import { drawHistogram, histogramTable, histogramWords, listenToDragging } from "./histogram.js";
import { say } from "./outcome.js";
import { go, place } from "./place.js";
import { forgetAll } from "./reading_ahead.js";
import { isSending, send } from "./sending.js";
import { undo } from "./undoing.js";
import { capitalised, counted, number, score } from "./words.js";

const BINS = 50;
const SAMPLE = 12;
const PATIENCE = 350; // ms of rest before the sample is fetched

let distribution = null;
let band = null;
let range = { low: 0.8, high: 1 };
let seed = 1;
let turn = 0;
let timer = 0;

const input = (id) => /** @type {HTMLInputElement} */ (part(id));

/** Enter the view with the label and range of the address, or the first label from its threshold up. */
export async function enter() {
  const labels = counts()?.labels ?? [];
  const choice = /** @type {HTMLSelectElement} */ (part("band-label"));
  choice.replaceChildren(...labels.map((one) => make("option", { value: one.name }, one.words)));
  const { label, low, high } = place().filters;
  choice.value = label || labels[0]?.name || "";
  const limit = labels.find((one) => one.name === choice.value)?.threshold ?? 0.5;
  range = label ? { low: Number(low), high: Number(high) } : { low: limit, high: 1 };
  part("place").textContent = "";
  part("bands-heading").focus();
  await load();
}

/** Nothing is left behind. */
export async function leave() {
  turn += 1;
  clearTimeout(timer);
}

/** The counts changed: draw again, and count the band again. */
export async function refresh() {
  if (!isSending()) await load();
}

async function load() {
  const mine = ++turn;
  try {
    const found = await api.histogram(labelNow(), { ...place().filters, ...ALL_SCORES }, BINS);
    if (mine !== turn) return;
    distribution = found;
    part("histogram-words").textContent = histogramWords(found);
    part("histogram-table").replaceChildren(histogramTable(found));
    showRange();
    await loadSample();
  } catch (problem) {
    if (mine === turn) say(problem.message, { isProblem: true });
  }
}

const ALL_SCORES = { label: "", low: "0", high: "1" };

function labelNow() {
  return /** @type {HTMLSelectElement} */ (part("band-label")).value;
}

function bandFilters() {
  return { ...place().filters, label: labelNow(), low: String(range.low), high: String(range.high) };
}

function showRange() {
  for (const id of ["low", "low-slider"]) if (document.activeElement !== input(id)) input(id).value = range.low.toFixed(2);
  for (const id of ["high", "high-slider"]) if (document.activeElement !== input(id)) input(id).value = range.high.toFixed(2);
  input("low-slider").setAttribute("aria-valuetext", score(range.low));
  input("high-slider").setAttribute("aria-valuetext", score(range.high));
  if (distribution) drawHistogram(distribution, range);
}

function takeRange(low, high) {
  const round = (value) => Math.round(Math.min(1, Math.max(0, value)) * 100) / 100;
  range = { low: round(Math.min(low, high)), high: round(Math.max(low, high)) };
  showRange();
  part("band-dock").hidden = true;
  clearTimeout(timer);
  timer = setTimeout(loadSample, PATIENCE);
}

async function loadSample() {
  const mine = ++turn;
  try {
    const found = await api.band(bandFilters(), SAMPLE, seed);
    if (mine !== turn) return;
    band = found;
    showSample();
  } catch (problem) {
    if (mine === turn) say(problem.message, { isProblem: true });
  }
}

function showSample() {
  const open = band.total_undecided;
  const words = `${counted(open, "open comment")} ${open === 1 ? "scores" : "score"} from ${score(range.low)} to ${score(range.high)} for ${labelWords(labelNow())}.`;
  part("band-words").textContent = words;
  part("band-dock").hidden = !open || Boolean(readOnly());
  const rest = open > band.sample.length;
  const other = rest ? make("button", { type: "button", class: "outline", onclick: otherSample }, "Another sample") : null;
  const title = rest ? `${number(band.sample.length)} of them, drawn by lot` : "All of them";
  const head = make("div", { class: "sample-head" }, make("h3", {}, title), other);
  const list = make("ol", { class: "sample" }, ...band.sample.map(sampleItem));
  part("band-sample").replaceChildren(...(open ? [head, list] : []));
}

function sampleItem(row) {
  const said = make("div", { class: "said" });
  fillText(said, row.segments ?? segmentsOf(row), { dir: row.dir, isQuiet: true });
  scrollable(said, "A comment of the sample");
  const value = row.score == null ? "" : score(row.score);
  const by = make("p", { class: "by" }, name(row.author), row.source ? " · " : "", row.source ? name(row.source) : null);
  return make("li", {}, make("span", { class: "value" }, value), said, by);
}

/** Words for filters besides the range, which narrow the band. */
function filtered() {
  const isNarrowed = setFilters({ ...place().filters, ...ALL_SCORES }).some(([filter]) => filter !== "order" && filter !== "verdict");
  return isNarrowed ? "under the filters that are set " : "";
}

function otherSample() {
  seed += 1;
  loadSample();
}

async function decide(verdict) {
  if (!band || isSending()) return;
  const mine = band;
  const open = counted(mine.total_undecided, "comment");
  const words = `All that is open from ${score(range.low)} to ${score(range.high)} for ${labelWords(labelNow())} ${filtered()}gets the verdict “${verdict}”. Near-duplicates that nobody has decided follow, also outside the range. You have seen ${number(mine.sample.length)} of ${open}. One undo takes all of it back.`;
  if (!(await confirmed(`“${capitalised(verdict)}” for ${open}?`, words, `${capitalised(verdict)} ${number(mine.total_undecided)}`))) return;
  const note = input("band-note").value.trim() || null;
  try {
    const answer = await send("band", { ids_token: mine.ids_token, verdict, note }, `${verdict} for a band of ${open}`);
    if (!answer) return say("The decision was not sent. Nothing has changed.");
    take(answer.summary);
    forgetAll();
    input("band-note").value = "";
    say(answer.sentence, { undo });
    part("bands-heading").focus();
    await load();
  } catch (problem) {
    say(`Not saved. ${problem.message}`, { isProblem: true });
  }
}

/** What keys do here: a whole band is decided by its buttons only. */
export const actions = {};

/** Listen to the view's own controls. */
export function listen() {
  part("band-dock").addEventListener("submit", (event) => event.preventDefault());
  part("band-label").addEventListener("change", () => go({ filters: { label: labelNow(), low: "0", high: "1" } }));
  for (const id of ["low", "low-slider"]) input(id).addEventListener("input", () => takeRange(Math.min(Number(input(id).value), range.high), range.high));
  for (const id of ["high", "high-slider"]) input(id).addEventListener("input", () => takeRange(range.low, Math.max(Number(input(id).value), range.low)));
  listenToDragging(takeRange);
  for (const button of part("band-verdicts").querySelectorAll("button")) {
    button.addEventListener("click", () => decide(button.dataset.verdict ?? ""));
  }
}
