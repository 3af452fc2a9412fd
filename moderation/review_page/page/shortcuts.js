// The keys, once: for the keyboard, for the help, and for what a screen reader says of a button.

/**
 * @typedef {{action: string, keys: string[], words: string}} Shortcut
 * @type {{title: string, shortcuts: Shortcut[]}[]}
 */
export const SHORTCUTS = [
  {
    title: "Decide",
    shortcuts: [
      { action: "approve", keys: ["1", "a"], words: "approve" },
      { action: "remove", keys: ["2", "r"], words: "remove" },
      { action: "escalate", keys: ["3", "e"], words: "escalate" },
      { action: "unsure", keys: ["4", "u"], words: "unsure" },
      { action: "takeBack", keys: ["0", "Backspace"], words: "take the decision back" },
      { action: "wholeGroup", keys: ["g"], words: "its near-duplicates too" },
      { action: "note", keys: ["n"], words: "write a note" },
      { action: "undo", keys: ["z"], words: "undo" },
      { action: "redo", keys: ["y", "Shift+z"], words: "redo" },
    ],
  },
  {
    title: "Move",
    shortcuts: [
      { action: "next", keys: ["j", "ArrowRight"], words: "next comment or row" },
      { action: "previous", keys: ["k", "ArrowLeft"], words: "the one before" },
      { action: "skip", keys: ["s"], words: "skip to the next open one" },
      { action: "jump", keys: ["i"], words: "jump to a number or an id" },
      { action: "tick", keys: ["x"], words: "tick a row of the list" },
    ],
  },
  {
    title: "Read",
    shortcuts: [
      { action: "masks", keys: ["m"], words: "show or mask slurs" },
      { action: "neighbours", keys: ["c"], words: "unfold the comments around it" },
    ],
  },
  {
    title: "Find",
    shortcuts: [
      { action: "search", keys: ["/"], words: "search" },
      { action: "filters", keys: ["f"], words: "filters" },
      { action: "list", keys: ["l"], words: "list, and back to one by one" },
      { action: "bands", keys: ["b"], words: "bands of scores, and back" },
      { action: "help", keys: ["?"], words: "this help" },
      { action: "leave", keys: ["Escape"], words: "leave a field, close a dialog" },
    ],
  },
];

const NAMES = { ArrowRight: "→", ArrowLeft: "←", Escape: "Esc", Backspace: "⌫", "Shift+z": "Shift z" };

/** @type {Map<string, string>} */
export const ACTION_OF_KEY = new Map(
  SHORTCUTS.flatMap(({ shortcuts }) => shortcuts.flatMap(({ action, keys }) => keys.map((key) => [key, action]))),
);

/** A key as it is printed: → for ArrowRight. */
export function keyName(key) {
  return NAMES[key] ?? key;
}
