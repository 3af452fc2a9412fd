// The break: a gentle reminder after some time of reading, and a screen that shows nothing.
import { hideBanner, showBanner } from "./banners.js";
import { open } from "./dialogs.js";
import { part } from "./elements.js";
import { preferences } from "./preferences.js";
import { on } from "./signals.js";
import { counted } from "./words.js";

const LOOK = 15000; // ms between two looks at the clock
const AWAY = 180000; // ms without a key or a click: nobody is reading
const LATER = 10; // minutes

let read = 0; // ms of reading since the last break
let due = 0; // ms of reading at which to remind; 0: as the preference says
let lastSign = Date.now();

/** Count the time of reading, and remind. */
export function watchTheClock() {
  for (const sign of ["keydown", "pointerdown", "wheel"]) {
    document.addEventListener(sign, () => { lastSign = Date.now(); }, { passive: true });
  }
  setInterval(look, LOOK);
  on("preferences", () => { due = 0; });
  part("break-dialog").addEventListener("close", rested);
}

/** Cover the page until the reader comes back. */
export function takeBreak() {
  hideBanner("break");
  open("break-dialog");
}

function look() {
  if (document.hidden || part("break-dialog").hasAttribute("open") || Date.now() - lastSign > AWAY) return;
  read += LOOK;
  const { pause } = preferences();
  if (pause && read >= (due || pause * 60000)) remind();
}

function remind() {
  const minutes = Math.round(read / 60000);
  showBanner("break", {
    kind: "gentle",
    words: `You have been reading for ${counted(minutes, "minute")}. A short walk does good; the queue waits.`,
    choices: [
      ["Take a break", takeBreak],
      [`In ${LATER} minutes`, later],
      ["Not today", never],
    ],
  });
}

function later() {
  due = read + LATER * 60000;
  hideBanner("break");
}

function never() {
  due = Infinity;
  hideBanner("break");
}

function rested() {
  read = 0;
  due = 0;
  lastSign = Date.now();
  part("work").focus();
}
