// From keys to actions. Keys do nothing while somebody types, in a dialog, or when they are switched off.
import { preferences } from "./preferences.js";
import { ACTION_OF_KEY } from "./shortcuts.js";

/** Actions that a key held down must not do again and again. */
const ONCE = new Set(["approve", "remove", "escalate", "unsure", "takeBack", "undo", "redo", "skip"]);

/**
 * Listen to the keyboard.
 * @param {(action: string, event: KeyboardEvent) => boolean} act says whether it did something
 */
export function listenForKeys(act) {
  document.addEventListener("keydown", (event) => {
    const action = actionOf(event);
    if (action && act(action, event)) event.preventDefault();
  });
}

/** Say on each button which key does the same; nothing when keys are off. */
export function labelKeys() {
  for (const control of document.querySelectorAll("[data-key]")) {
    if (preferences().keys === "off") control.removeAttribute("aria-keyshortcuts");
    else control.setAttribute("aria-keyshortcuts", /** @type {HTMLElement} */ (control).dataset.key ?? "");
  }
}

function actionOf(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return null;
  const action = ACTION_OF_KEY.get(keyOf(event));
  if (!action || (event.repeat && ONCE.has(action))) return null;
  if (document.querySelector("dialog[open]")) return null;
  if (action === "leave") return action;
  return preferences().keys === "off" || isTyping(event) ? null : action;
}

/** The key as the table names it, whatever alphabet the keyboard writes. */
function keyOf(event) {
  const isLetter = /^[a-z]$/i.test(event.key);
  if (isLetter) return event.shiftKey ? `Shift+${event.key.toLowerCase()}` : event.key.toLowerCase();
  if (event.key.length !== 1 || /[0-9/?]/.test(event.key) || event.shiftKey) return event.key;
  return /^(?:Key|Digit)(.)$/.exec(event.code)?.[1].toLowerCase() ?? event.key;
}

function isTyping(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  if (!target.matches("input")) return false;
  const { type } = /** @type {HTMLInputElement} */ (target);
  if (type === "checkbox") return false;
  return type === "range" || type === "radio" ? event.key.startsWith("Arrow") : true;
}
