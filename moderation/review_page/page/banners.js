// Messages above the work: what is wrong, what is waiting, what somebody should know.
import { button, make, part } from "./elements.js";

/**
 * Show a banner, or change the one of that name.
 * @param {string} name
 * @param {{kind: "serious"|"news"|"gentle", words: string, choices?: [string, () => void][]}} message
 */
export function showBanner(name, { kind, words, choices = [] }) {
  const shown = banner(name);
  if (shown?.dataset.words === words) return;
  const buttons = choices.map(([choice, act]) => button(choice, act));
  const role = kind === "serious" ? "alert" : "status";
  const fresh = make("div", { class: `banner ${kind}`, role, "data-banner": name, "data-words": words });
  shown ? shown.replaceWith(fresh) : part("banners").append(fresh);
  fresh.append(make("p", {}, words), ...buttons);
}

/** Take a banner away; if it had the focus, the work gets it. */
export function hideBanner(name) {
  const shown = banner(name);
  if (!shown) return;
  const hadFocus = shown.contains(document.activeElement);
  shown.remove();
  if (hadFocus) part("work").focus();
}

function banner(name) {
  return /** @type {HTMLElement|null} */ (document.querySelector(`[data-banner="${name}"]`));
}
