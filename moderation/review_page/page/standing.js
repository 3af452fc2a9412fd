// What is decided about the comment now, and what to do where two people decided differently.
import { button, icon, make, name, part } from "./elements.js";
import { badge, moment } from "./words.js";

/**
 * @typedef {{verdict: string, note: string, reviewer: string, decided_at: string, change: number, state: string, decided_with: string}} Standing
 */

/** Show what stands: nothing, a decision, or a conflict that is in the queue. */
export function showStanding(row, { decide, takeBack, isReadOnly }) {
  const { standing } = row;
  if (standing.verdict.includes("|")) showConflict(row, decide);
  else part("standing").replaceChildren(...[decided(row, isReadOnly ? null : takeBack), state(standing)].filter(Boolean));
}

/**
 * Show that somebody decided while the reader was looking.
 * @param {Standing} theirs
 * @param {{verdict: string, note: string}} mine
 * @param {{keep: () => void, insist: () => void}} choices
 */
export function showClash(theirs, mine, { keep, insist }) {
  const who = theirs.reviewer || "Somebody";
  const panel = clash("Somebody was here before you", `${who} decided this comment while you were reading it. Nothing of yours is saved yet.`, [
    side("Theirs", theirs, button("Keep theirs and go on", keep)),
    side("Yours", { ...mine, reviewer: "", decided_at: "" }, button("Decide it my way", insist)),
  ]);
  panel.dataset.waits = "for an answer";
  part("standing").replaceChildren(panel);
  panel.focus();
}

/** Whether the reader has still to choose between their verdict and somebody else's. */
export function isClashShown() {
  return part("standing").querySelector("[data-waits]") !== null;
}

function showConflict(row, decide) {
  const { standing } = row;
  const sides = sidesOf(row).map((one) => side(one.reviewer ? "" : "One decision", one, agree(one, decide)));
  const words = "People decided this comment differently, and nobody has settled it. Your verdict settles it for all.";
  const note = standing.note && !row.history?.length ? make("p", {}, "Note: ", make("bdi", {}, standing.note)) : null;
  part("standing").replaceChildren(clash("Two verdicts", words, sides, note));
}

/** The last word of each person in the log; without one, the bare verdicts. */
function sidesOf(row) {
  const verdicts = row.standing.verdict.split("|").map((verdict) => verdict.trim());
  const latest = verdicts.map((verdict) => (row.history ?? []).find((entry) => entry.verdict === verdict));
  return verdicts.map((verdict, at) => latest[at] ?? { verdict, note: "", reviewer: "", decided_at: "" });
}

function agree({ verdict, note }, decide) {
  return button("Take this one", () => decide(verdict, note || null), { "data-take": verdict });
}

function clash(title, words, sides, more = null) {
  const heading = make("h2", {}, icon("conflict"), title);
  const box = make("div", { class: "sides" }, ...sides);
  return make("section", { class: "clash", tabindex: "-1", "aria-label": title }, heading, make("p", {}, words), more, box);
}

function side(title, { verdict, note, reviewer, decided_at: when }, choice) {
  const who = reviewer ? name(reviewer) : null;
  const time = when ? make("span", {}, ` · ${moment(when)}`) : null;
  const heading = make("h3", {}, title, title && who ? ": " : null, who, time);
  const reason = make("p", { class: note ? "said" : "waiting" }, note ? make("bdi", {}, note) : "no note");
  const stands = make("p", {}, verdict ? badge(verdict) : "taken back");
  return make("div", { class: "side" }, heading, stands, reason, choice);
}

function decided({ standing }, takeBack) {
  const { verdict, reviewer, decided_at: when, note, decided_with: mate } = standing;
  if (!verdict && !note) return null;
  const by = reviewer ? make("span", {}, "by ", name(reviewer)) : null;
  const how = mate ? make("span", { class: "when" }, "with its near-duplicate") : null;
  const said = note ? make("p", {}, "“", make("bdi", {}, note), "”") : null;
  const time = when ? make("span", { class: "when" }, name(moment(when))) : null;
  const again = verdict && takeBack ? backButton(takeBack) : null;
  const parts = [verdict ? badge(verdict) : make("span", {}, "Not decided; a note:"), by, time, how, said, again];
  return make("div", { class: `standing ${verdict}` }, ...parts.filter(Boolean));
}

function backButton(takeBack) {
  const hint = make("kbd", { "aria-hidden": "true" }, "0");
  return make("button", { type: "button", class: "quiet", id: "take-back", "data-key": "0", onclick: takeBack }, "Take back", hint);
}

function state({ state: words }) {
  if (!words || words === "with its group" || words === "conflict") return null;
  return make("div", { class: "standing" }, make("p", {}, `This comment is ${words}.`));
}
