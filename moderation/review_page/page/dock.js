// Where a person decides: the note, the four verdicts, the near-duplicates.
import { dropDraft, draft, keepDraft } from "./drafts.js";
import { part } from "./elements.js";
import { groupWords } from "./surroundings.js";

let row = null;

const note = () => /** @type {HTMLTextAreaElement} */ (part("note"));
const group = () => /** @type {HTMLInputElement} */ (part("whole-group"));
const buttons = () => /** @type {NodeListOf<HTMLButtonElement>} */ (part("verdicts").querySelectorAll("button"));

/** Make the dock ready for a comment. */
export function readyDock(shown, { isReadOnly }) {
  const isSame = row?.id === shown.id;
  row = shown;
  if (!isSame || document.activeElement !== note()) note().value = draft(row.id) ?? row.standing.note;
  note().readOnly = isReadOnly;
  if (!isSame) group().checked = false;
  const mates = row.group ? row.group_size - 1 : 0;
  part("group-choice").hidden = mates < 1 || isReadOnly;
  part("group-words").textContent = groupWords(mates);
  for (const button of buttons()) {
    button.setAttribute("aria-pressed", String(button.dataset.verdict === row.standing.verdict));
    button.setAttribute("aria-disabled", String(isReadOnly));
  }
  showNoteState();
}

/** While a decision is under way nothing else can be decided. */
export function busy(isBusy) {
  part("dock").setAttribute("aria-busy", String(isBusy));
  for (const button of buttons()) button.setAttribute("aria-disabled", String(isBusy));
}

/** The note where it differs from the one that is saved; else null, which leaves it. */
export function changedNote() {
  const words = note().value.trim();
  return row && words !== row.standing.note.trim() ? words : null;
}

/** Whether the near-duplicates are decided too. */
export function wholeGroup() {
  return !part("group-choice").hidden && group().checked;
}

/** Turn the choice about near-duplicates. */
export function toggleGroup() {
  if (part("group-choice").hidden) return false;
  group().checked = !group().checked;
  group().focus({ preventScroll: true });
  return true;
}

/** The note of this comment is saved. */
export function noteSaved(id) {
  dropDraft(id);
}

/**
 * Listen to the dock.
 * @param {{decide: (verdict: string) => void, saveNote: () => void}} acts
 */
export function listenToDock({ decide, saveNote }) {
  part("dock").addEventListener("submit", (event) => event.preventDefault());
  for (const button of buttons()) button.addEventListener("click", () => decide(button.dataset.verdict ?? ""));
  note().addEventListener("input", () => {
    if (row) keepDraft(row.id, note().value);
    showNoteState();
  });
  note().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    saveNote();
  });
}

/** Say whether the note is saved. */
export function showNoteState() {
  const words = changedNote() === null ? "" : "saved with your verdict, or now with Enter";
  part("note-state").textContent = words;
}
