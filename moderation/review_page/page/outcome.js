// What became of the last thing that was done: on the status line, and for screen readers.
import { icon, make, part } from "./elements.js";

/**
 * Say what happened.
 * @param {string} sentence
 * @param {{undo?: () => void, isProblem?: boolean}} [more]
 */
export function say(sentence, { undo, isProblem = false } = {}) {
  const line = part("outcome");
  const back = undo ? make("button", { type: "button", class: "link", onclick: undo }, "Undo") : null;
  const hint = undo ? make("kbd", { "aria-hidden": "true" }, "z") : null;
  const sign = isProblem ? icon("warning") : null;
  line.replaceChildren(...[sign, make("span", {}, sentence), back, hint].filter(Boolean));
  if (isProblem) shout(sentence);
  else announce(sentence);
}

/** Let a screen reader say something when it has finished its sentence. */
export function announce(words) {
  part("announcer").textContent = words;
}

function shout(words) {
  const alerter = part("alerter");
  alerter.textContent = "";
  alerter.textContent = words;
}
