// The drawer "Reading and keys": how the page looks, when it reminds of a break, whether keys act.
import { make, part } from "./elements.js";
import { choose, preferences } from "./preferences.js";
import { toggleMasks } from "./masks.js";

const CHOICES = [
  ["theme", "Light or dark", [["system", "as the system"], ["light", "light"], ["dark", "dark"]]],
  ["tone", "Colour", [["colour", "in colour"], ["grey", "grey"]]],
  ["size", "Size of the comment", [["small", "small"], ["normal", "normal"], ["large", "large"], ["largest", "largest"]]],
];

/** Fill the drawer, and follow what is chosen in it. */
export function listenToSettings() {
  const groups = CHOICES.map(([setting, title, options]) => radios(setting, title, options));
  part("settings-fields").replaceChildren(...groups, masks(), pause(), keys());
}

function radios(setting, title, options) {
  const labels = options.map(([value, words]) => {
    const dot = make("input", { type: "radio", name: setting, value, onchange: () => choose({ [setting]: value }) });
    /** @type {HTMLInputElement} */ (dot).checked = preferences()[setting] === value;
    return make("label", {}, dot, words);
  });
  return make("fieldset", {}, make("legend", {}, title), make("div", { class: "choice" }, ...labels));
}

function masks() {
  const box = checkbox("Mask slurs", preferences().masked, toggleMasks);
  part("settings-dialog").addEventListener("focusin", () => { box.input.checked = preferences().masked; });
  return field(box.label, "The first letter stays. Press a masked word to see that one, or m to see all.");
}

function keys() {
  const box = checkbox("Single keys act", preferences().keys === "on", (isOn) => choose({ keys: isOn ? "on" : "off" }));
  return field(box.label, "Switch them off when you dictate, or when keys slip. All buttons still work.");
}

function pause() {
  const number = make("input", { type: "number", id: "pause", min: 0, max: 240, step: 5, value: preferences().pause });
  number.addEventListener("change", () => {
    const { value } = /** @type {HTMLInputElement} */ (number);
    choose({ pause: Math.min(240, Math.max(0, Number(value) || 0)) });
  });
  return make("div", {}, make("label", { for: "pause" }, "Remind me of a break after so many minutes of reading (0: never)"), number);
}

function checkbox(words, isOn, change) {
  const input = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox" }));
  input.checked = isOn;
  input.addEventListener("change", () => change(input.checked));
  return { input, label: make("div", { class: "choice" }, make("label", {}, input, words)) };
}

function field(control, hint) {
  return make("div", {}, control, make("p", { class: "hint" }, hint));
}
