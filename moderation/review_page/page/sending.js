// Sending what a person decided, so that nothing is lost when the program does not answer.
//
// One thing at a time is under way. It is kept in this browser until the program has answered, and sent
// again until it does or the person says otherwise. Sending twice does no harm: the program takes a
// decision only where the row still stands as the person saw it.
import { NoAnswer, post, Refused } from "./api.js";
import { hideBanner, showBanner } from "./banners.js";
import { part } from "./elements.js";

const AGAIN = 2000; // ms between two tries
const NOTICED = 300; // ms after which somebody wonders
const SHELF = `moderation-review-unsent:${document.documentElement.dataset.queue}`;

let underWay = null;

/** Whether something waits for its answer. */
export function isSending() {
  return underWay !== null;
}

/**
 * Send a change and wait for its answer, however long that takes.
 * @param {string} what below ./api/
 * @param {object} body
 * @param {string} words what is being sent, for the banner: "remove, with the note “…”"
 * @returns {Promise<any|null>} the answer; null when the person gave it up
 * @throws {Refused} when the program said no
 */
export async function send(what, body, words) {
  if (underWay) return null;
  underWay = { what, body, words, isGivenUp: false };
  keep(underWay);
  const slow = setTimeout(() => { part("outcome").textContent = "Saving …"; }, NOTICED);
  try {
    return await untilAnswered(underWay);
  } finally {
    clearTimeout(slow);
    underWay = null;
    hideBanner("unsent");
  }
}

/** What an earlier page could not bring to an end, if there is something. */
export function unsent() {
  try {
    return JSON.parse(localStorage.getItem(SHELF) ?? "null");
  } catch {
    return null;
  }
}

/** Forget what is kept. */
export function forgetUnsent() {
  try {
    localStorage.removeItem(SHELF);
  } catch {
    // Nothing was kept either.
  }
}

async function untilAnswered(message) {
  while (!message.isGivenUp) {
    try {
      const answer = await post(message.what, message.body);
      forgetUnsent();
      return answer;
    } catch (problem) {
      if (!(problem instanceof NoAnswer)) return refused(problem);
      warn(message);
      await waited(message);
    }
  }
  forgetUnsent();
  return null;
}

function refused(problem) {
  // An address of an earlier start: the new page may still send it.
  const isOldAddress = problem instanceof Refused && [403, 404].includes(problem.status);
  if (!isOldAddress) forgetUnsent();
  throw problem;
}

function warn(message) {
  part("outcome").textContent = "Not saved yet.";
  showBanner("unsent", {
    kind: "serious",
    words:
      `Not saved yet: ${message.words} – the program does not answer. This page keeps it and sends it again ` +
      "as soon as the program answers. If the program was ended, start it again; it opens a new page, where " +
      "you decide this comment again.",
    choices: [
      ["Try now", () => message.hurry?.()],
      ["Do not send it", () => giveUp(message)],
    ],
  });
}

function giveUp(message) {
  message.isGivenUp = true;
  message.hurry?.();
  part("work").focus();
}

function waited(message) {
  return new Promise((resolve) => {
    message.hurry = () => resolve(undefined);
    setTimeout(resolve, AGAIN);
  });
}

function keep(message) {
  try {
    const { what, body, words } = message;
    localStorage.setItem(SHELF, JSON.stringify({ what, body, words }));
  } catch {
    // It is still kept in this page.
  }
}

window.addEventListener("beforeunload", (event) => {
  if (underWay) event.preventDefault();
});
