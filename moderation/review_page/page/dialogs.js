// Dialogs: open, close, ask. The browser keeps the focus inside and gives it back.
import { make, part } from "./elements.js";
import { keyName, SHORTCUTS } from "./shortcuts.js";

const dialog = (id) => /** @type {HTMLDialogElement} */ (part(id));

/** Open a dialog of the shell. */
export function open(id) {
  if (!dialog(id).open) dialog(id).showModal();
}

/** Close a dialog of the shell. */
export function close(id) {
  dialog(id).close();
}

/**
 * Ask before something big.
 * @returns {Promise<boolean>} whether the answer was yes
 */
export function confirmed(question, words, yes) {
  part("confirm-heading").textContent = question;
  part("confirm-words").textContent = words;
  part("confirm-yes").textContent = yes;
  const asked = dialog("confirm-dialog");
  asked.returnValue = "";
  asked.showModal();
  return new Promise((resolve) => {
    asked.addEventListener("close", () => resolve(asked.returnValue === "yes"), { once: true });
  });
}

/**
 * A card with one field: the answer is tried, and a problem is shown beside the field.
 * @param {string} id beginning of the parts' ids: "reviewer", "jump"
 * @param {string} field id of the field
 * @param {(answer: string) => Promise<void>} attempt throws an Error whose message is a sentence
 */
export function listenToCard(id, field, attempt) {
  const input = /** @type {HTMLInputElement} */ (part(field));
  part(`${id}-form`).addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await attempt(input.value.trim());
      close(`${id}-dialog`);
    } catch (problem) {
      part(`${id}-problem`).textContent = problem.message;
      input.focus();
    }
  });
  dialog(`${id}-dialog`).addEventListener("close", () => {
    part(`${id}-problem`).textContent = "";
    input.value = "";
  });
}

/** Every button that closes its dialog; a click beside a drawer closes it too. */
export function listenToDialogs() {
  for (const one of document.querySelectorAll("dialog")) {
    for (const button of one.querySelectorAll("[data-close]")) button.addEventListener("click", () => one.close());
    one.addEventListener("click", (event) => {
      if (event.target === one && one.matches(".drawer, .sheet")) one.close();
    });
  }
  fillHelp();
}

function fillHelp() {
  part("help-keys").replaceChildren(...SHORTCUTS.map(({ title, shortcuts }) => {
    const pairs = shortcuts.flatMap(({ keys, words }) => [
      make("dt", {}, ...keys.map((key) => make("kbd", {}, keyName(key)))),
      make("dd", {}, words),
    ]);
    return make("section", { "aria-label": title }, make("h3", {}, title), make("dl", {}, ...pairs));
  }));
}
