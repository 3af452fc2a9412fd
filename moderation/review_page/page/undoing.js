// Undo and redo, without limit, from every view.
import { NoAnswer, post } from "./api.js";
import { take } from "./counts.js";
import { say } from "./outcome.js";
import { forgetAll } from "./reading_ahead.js";
import { isSending } from "./sending.js";
import { tell } from "./signals.js";

// Not sent again by itself: a second undo would take back one thing more.
const UNKNOWN = "It is not known whether this was done: look before you try it again.";

let isTurning = false;

/** Take back the last operation, on whatever comments it was. */
export function undo() {
  return turnBack("undo");
}

/** Do again what was undone. */
export function redo() {
  return turnBack("redo");
}

async function turnBack(what) {
  if (isSending() || isTurning) return say("One moment: the last decision is still being saved.");
  isTurning = true;
  try {
    const done = await post(what, {});
    if (done.nothing) return say(done.sentence);
    take(done.summary);
    forgetAll();
    const kept = done.refused?.length ? " Some were decided anew meanwhile and stay as they are." : "";
    say(`${done.sentence}${kept}`, what === "redo" ? { undo } : {});
    tell("turned", done.rows.map((row) => row.id));
  } catch (problem) {
    const isUnknown = problem instanceof NoAnswer;
    say(isUnknown ? `${problem.message} ${UNKNOWN}` : problem.message, { isProblem: true });
  } finally {
    isTurning = false;
  }
}
