// Noticing what others change, and whether the program still answers.
import * as api from "./api.js";
import { hideBanner, showBanner } from "./banners.js";
import { askForCounts, counts, readOnly } from "./counts.js";
import { part } from "./elements.js";
import { isSending } from "./sending.js";
import { on, tell } from "./signals.js";

const EVERY = 2000; // ms

let missed = 0;

/** Look every two seconds, as long as the page is seen. */
export function watch() {
  setInterval(() => { if (!document.hidden) look(); }, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  on("summary", showWarnings);
}

async function look() {
  const known = counts()?.revision;
  if (known == null || isSending()) return;
  try {
    const { revision } = await api.changes(known);
    back();
    if (revision > counts().revision && !isSending()) {
      await askForCounts();
      tell("changed");
    }
  } catch (problem) {
    missing(problem);
  }
}

function back() {
  if (missed > 1) part("connection").textContent = "The program answers again.";
  else if (missed === 0) part("connection").textContent = "";
  missed = 0;
  hideBanner("away");
}

function missing(problem) {
  missed += 1;
  if (missed < 2) return;
  part("connection").textContent = "No connection to the program.";
  const isOld = problem instanceof api.Refused && [403, 404].includes(problem.status);
  const words = isOld
    ? "The program was started anew, and this page belongs to the earlier start. Use the page that it opened. Everything that was confirmed here is saved."
    : "The program does not answer; it may have been ended. Everything that was confirmed is saved. Start it again with “moderation review”; it opens a new page.";
  showBanner("away", { kind: "serious", words });
}

function showWarnings(summary) {
  const warnings = [...new Set(summary.warnings)];
  warnings.forEach((words, at) => {
    const name = `warning-${at}`;
    if (!dismissed.has(words)) showBanner(name, { kind: "news", words, choices: [["I have read it", () => { dismissed.add(words); hideBanner(name); }]] });
  });
  if (readOnly()) showBanner("read-only", { kind: "serious", words: readOnly() });
}

const dismissed = new Set();
