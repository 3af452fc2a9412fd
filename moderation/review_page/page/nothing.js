// What stands in place of a comment: still loading, nothing found, all done, a problem.
import { setFilters } from "./address.js";
import { button, make, part } from "./elements.js";
import { clearFilters, filterBy, go, place } from "./place.js";
import { counted, number, VERDICTS, verdictWords } from "./words.js";

/** The comment is on its way. */
export function showLoading() {
  fill("", "The comment is on its way …", []);
}

/** Something could not be shown. */
export function showProblem(problem, again) {
  fill("This could not be shown", problem.message, [button("Try again", again)]);
  part("nothing").focus();
}

/**
 * Nothing is left to decide here: because the queue is empty, the filters find nothing, or all is done.
 * @param {{left: number, found: number, hasSkipped: boolean, counts: any}} state open and all comments that the filters find
 */
export function showEnd({ left, found, hasSkipped, counts }) {
  const isFiltered = setFilters(place().filters).some(([filter]) => filter !== "order");
  if (!counts?.rows) fill("The queue is empty", "The scan found nothing that a person should look at.", []);
  else if (left && hasSkipped) showSkipped(left);
  else if (isFiltered && !found) fill("No comment fits this search and these filters", openElsewhere(counts), [button("Clear all filters", clearFilters)]);
  else if (isFiltered) fill("Nothing open is left here", `${allDecided(found)} ${openElsewhere(counts)}`, [list(), button("Clear all filters", clearFilters)]);
  else if (counts.conflicts) fill("All is decided but the conflicts", done(counts), [conflicts(), list()]);
  else fill("Everything is decided", done(counts), [list()]);
  part("place").textContent = "";
  part("nothing").focus();
}

function showSkipped(skipped) {
  const words = `${counted(skipped, "comment")} that you skipped ${skipped === 1 ? "is" : "are"} still open. That is fine.`;
  fill("You have been through all of it", words, [button("Look at them again", () => go({ id: "" })), list()]);
}

function allDecided(found) {
  return found === 1 ? "One comment is found, and it is decided." : `${counted(found, "comment")} are found, and all are decided.`;
}

function openElsewhere({ undecided }) {
  return `${counted(undecided, "comment")} in the whole queue ${undecided === 1 ? "is" : "are"} open.`;
}

function done({ rows, verdicts, conflicts: differing }) {
  const each = VERDICTS.filter((verdict) => verdicts[verdict]).map((verdict) => `${number(verdicts[verdict])} ${verdictWords(verdict)}`);
  const open = differing ? ` About ${counted(differing, "comment")} people differ.` : "";
  return `${counted(rows, "comment")}: ${each.join(", ")}.${open} All of it is saved in the queue.`;
}

function conflicts() {
  return button("Look at the conflicts", () => go({ view: "desk", id: "", filters: { verdict: "conflict" } }));
}

function list() {
  return button("Look at the list", () => {
    filterBy({});
    go({ view: "list" });
  });
}

function fill(title, words, choices) {
  for (const id of ["comment", "dock", "moves"]) part(id).hidden = true;
  part("standing").replaceChildren();
  part("evidence").replaceChildren();
  const nothing = part("nothing");
  nothing.hidden = false;
  const box = choices.length ? make("div", { class: "choices" }, ...choices) : null;
  nothing.replaceChildren(...[title ? make("h2", {}, title) : null, make("p", {}, words), box].filter(Boolean));
}
