// The comment itself: who, when, where, and its text in full size.
import { fillText } from "./comment_text.js";
import { button, icon, make, name, part } from "./elements.js";
import { toggleMasks } from "./masks.js";
import { preferences } from "./preferences.js";
import { number } from "./words.js";

/**
 * Show a comment.
 * @param {any} row ROW of the program
 * @param {() => void} showWhole asks for the rest of a text that was cut
 */
export function showComment(row, showWhole) {
  part("comment").hidden = false;
  part("nothing").hidden = true;
  part("comment-heading").replaceChildren("Comment by ", name(row.author, "somebody without a name"));
  part("about").replaceChildren(...about(row));
  fillText(part("comment-text"), row.segments, { dir: row.dir, language: row.language.code, terms: row.terms });
  showRest(row, showWhole);
  showReadingTools(row);
}

/** Words of what is read, for a screen reader. */
export function spokenHeading(row, position, total) {
  const where = position == null ? "" : `, ${number(position + 1)} of ${number(total)}`;
  return `Comment by ${row.author || "somebody without a name"}${where}`;
}

/** The button that shows masked words says what it would do. */
export function showReadingTools(row) {
  const masks = row.segments.filter((segment) => segment.is_masked).length;
  const words = preferences().masked ? "Show masked words" : "Mask slurs";
  const hint = make("kbd", { "aria-hidden": "true" }, "m");
  const attributes = { type: "button", class: "quiet", "data-key": "m", onclick: toggleMasks };
  part("reading-tools").replaceChildren(...(masks ? [make("button", attributes, icon("eye"), words, hint)] : []));
}

function about(row) {
  const page = [row.source && name(row.source), row.number && ` › ${row.number}`];
  const parts = [
    row.posted_at && make("span", {}, name(row.posted_at)),
    row.source && make("span", {}, ...page),
    make("span", {}, row.language.name || "language not known"),
  ];
  return parts.filter(Boolean);
}

function showRest(row, showWhole) {
  const rest = part("whole");
  rest.hidden = !row.is_cut;
  if (!row.is_cut) return;
  const shown = row.segments.reduce((sum, segment) => sum + segment.text.length, 0);
  const words = `The first ${number(shown)} of ${number(row.text_length)} characters are shown. `;
  rest.replaceChildren(words, button("Show the whole text", showWhole));
}
