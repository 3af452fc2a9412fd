// The queue's counts as the program last told them, on the header and in the title.
import * as api from "./api.js";
import { make, part } from "./elements.js";
import { on, tell } from "./signals.js";
import { counted, duration, number, VERDICTS, verdictWords } from "./words.js";

/** @type {any} */
let latest = null;

/** The last summary; null before the first answer. */
export function counts() {
  return latest;
}

/** Take a newer summary; one that comes late is left. */
export function take(summary) {
  if (!summary || (latest && summary.revision < latest.revision)) return;
  latest = summary;
  tell("summary", summary);
}

/** Ask for the counts. */
export async function askForCounts() {
  take(await api.summary());
}

/** The sentence about a queue that cannot be written, or "". */
export function readOnly() {
  return latest?.read_only || "";
}

/** A model label in words. */
export function labelWords(label) {
  return latest?.labels.find((one) => one.name === label)?.words ?? label.replaceAll("_", " ");
}

on("summary", (summary) => {
  const decided = summary.rows - summary.undecided - summary.conflicts;
  document.title = `${number(summary.undecided)} left – ${summary.queue}`;
  part("queue-name").textContent = summary.queue;
  part("progress-words").replaceChildren(...progressWords(summary, decided));
  showTrack(summary, decided);
  for (const [id, can] of [["undo", summary.can_undo], ["redo", summary.can_redo]]) {
    /** @type {HTMLButtonElement} */ (part(id)).disabled = !can;
  }
});

function progressWords(summary, decided) {
  const { per_minute: pace, seconds_left: left } = summary.session;
  const words = [make("b", {}, number(decided)), ` of ${number(summary.rows)} decided`];
  if (pace) words.push(` · ${pace >= 10 ? Math.round(pace) : Number(pace.toFixed(1))} a minute`);
  if (left) words.push(` · ${duration(left)} left`);
  if (summary.conflicts) words.push(` · ${counted(summary.conflicts, "conflict")}`);
  return words;
}

function showTrack(summary, decided) {
  const track = part("progress-track");
  const fill = make("i");
  fill.style.inlineSize = `${summary.rows ? (100 * decided) / summary.rows : 0}%`;
  track.replaceChildren(fill);
  const verdicts = VERDICTS.filter((verdict) => summary.verdicts[verdict]);
  const each = verdicts.map((verdict) => `${number(summary.verdicts[verdict])} ${verdictWords(verdict)}`);
  const words = [`${number(decided)} of ${number(summary.rows)} decided`, ...each].join(", ");
  track.setAttribute("aria-label", words);
  track.title = words;
}
