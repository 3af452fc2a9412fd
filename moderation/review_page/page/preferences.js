// What a reader chose for themselves. It stays in this browser.
import { tell } from "./signals.js";

const SHELF = "moderation-review";

/** masked: slurs hidden; pause: minutes of reading until the reminder, 0 for none. */
const ORDINARY = { masked: true, theme: "system", tone: "colour", size: "normal", keys: "on", pause: 45 };

let chosen = { ...ORDINARY, ...kept() };

/** @returns {typeof ORDINARY} */
export function preferences() {
  return chosen;
}

/** Choose something, keep it and show it. */
export function choose(changes) {
  chosen = { ...chosen, ...changes };
  try {
    localStorage.setItem(SHELF, JSON.stringify(chosen));
  } catch {
    // Without storage it holds until the page is closed.
  }
  wear();
  tell("preferences", chosen);
}

/** Put the choices on the page, where the style sheets see them. */
export function wear() {
  for (const choice of ["theme", "tone", "size", "keys"]) {
    document.documentElement.dataset[choice] = chosen[choice];
  }
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(SHELF) ?? "{}");
  } catch {
    return {};
  }
}
