// The page begins here: it puts the views, the keys and the dialogs together.
import * as api from "./api.js";
import { hideBanner, showBanner } from "./banners.js";
import * as bands from "./bands_view.js";
import { takeBreak, watchTheClock } from "./breaks.js";
import { askForCounts, counts, take } from "./counts.js";
import * as desk from "./desk_view.js";
import { close, listenToCard, listenToDialogs, open } from "./dialogs.js";
import { part } from "./elements.js";
import { fillFilters, listenToFilters, showChips } from "./filter_panel.js";
import { labelKeys, listenForKeys } from "./keyboard.js";
import * as list from "./list_view.js";
import { toggleMasks } from "./masks.js";
import { say } from "./outcome.js";
import { go, place } from "./place.js";
import { wear } from "./preferences.js";
import { forgetUnsent, send, unsent } from "./sending.js";
import { listenToSettings } from "./settings.js";
import { on } from "./signals.js";
import { redo, undo } from "./undoing.js";
import { watch } from "./watching.js";

const VIEWS = { desk, list, bands };

const everywhere = {
  undo, redo,
  masks: toggleMasks,
  search: () => part("search").focus(),
  filters: openFilters,
  jump: () => open("jump-dialog"),
  list: () => toView("list"),
  bands: () => toView("bands"),
  help: () => open("help-dialog"),
  leave: () => part("work").focus(),
};

function act(action) {
  const { actions } = VIEWS[place().view];
  const does = actions[action] ?? everywhere[action];
  if (!does) return false;
  return does() !== false;
}

/** A view's key leads there, and from there back to one by one. */
function toView(view) {
  go({ view: place().view === view ? "desk" : view });
}

function openFilters() {
  open("filter-dialog");
  fillFilters();
}

function showView() {
  const { view } = place();
  for (const name of Object.keys(VIEWS)) part(name).hidden = name !== view;
  for (const link of document.querySelectorAll("[data-view-link]")) {
    if (link.getAttribute("data-view-link") === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  part("moves").hidden = view !== "desk";
  showChips();
}

async function moved({ before }) {
  if (before.view !== place().view) await VIEWS[before.view].leave();
  showView();
  await VIEWS[place().view].enter();
}

async function jump(to) {
  if (!to) throw new Error("Write a number or an id.");
  const { filters } = place();
  if (!/^\d+$/.test(to)) return go({ view: "desk", id: (await api.row(to, filters)).row.id });
  const found = await api.rows(filters, Math.max(0, Number(to) - 1), 1);
  if (!found.rows.length) throw new Error(`The list has ${found.total} comments.`);
  return go({ view: "desk", id: found.rows[0].id });
}

async function nameReviewer(name) {
  if (!name) return;
  const { summary } = await api.nameReviewer(name);
  take(summary);
}

/** What an earlier page could not bring to an end: ask what to do with it. */
function offerUnsent() {
  const kept = unsent();
  if (!kept) return;
  const done = () => hideBanner("earlier");
  const again = async () => {
    done();
    try {
      const answer = await send(kept.what, kept.body, kept.words);
      if (!answer) return;
      take(answer.summary);
      say(answer.refused?.length ? "It was saved already, or somebody decided it meanwhile. Nothing has changed." : answer.sentence);
      await VIEWS[place().view].refresh();
    } catch (problem) {
      say(`Not saved. ${problem.message}`, { isProblem: true });
    }
  };
  showBanner("earlier", {
    kind: "serious",
    words: `An earlier page did not learn whether this was saved: ${kept.words}.`,
    choices: [["Send it again", again], ["Leave it", () => { forgetUnsent(); done(); }]],
  });
}

function listen() {
  listenToDialogs();
  listenToSettings();
  listenToFilters();
  listenToCard("jump", "jump-to", jump);
  listenToCard("reviewer", "reviewer-name", nameReviewer);
  for (const view of Object.values(VIEWS)) view.listen();
  listenForKeys(act);
  const clicks = { undo, redo, "open-help": everywhere.help, "open-filters": openFilters, "open-settings": () => open("settings-dialog"), place: everywhere.jump };
  for (const [id, does] of Object.entries(clicks)) part(id).addEventListener("click", does);
  part("break-now").addEventListener("click", () => { close("settings-dialog"); takeBreak(); });
  document.addEventListener("click", followLink);
  part("filter-dialog").addEventListener("close", () => {
    const focused = document.activeElement;
    if (focused === document.body || part("filter-dialog").contains(focused)) part(place().view === "list" ? "list-heading" : "work").focus({ preventScroll: true });
  });
}

/** Links to views and comments stay in the page; opened in a new tab they work too. */
function followLink(event) {
  const link = event.target.closest?.("a[data-view-link], a[data-comment]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const { viewLink: view, comment } = link.dataset;
  if (comment) go({ view: "desk", id: comment });
  else if (view) go({ view });
}

/** The dock stands on the status line, however high that is. */
function measureStatusLine() {
  const line = /** @type {HTMLElement} */ (document.querySelector(".status"));
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--status", `${line.offsetHeight}px`);
  }).observe(line);
}

async function start() {
  wear();
  measureStatusLine();
  listen();
  on("place", moved);
  on("turned", () => { if (place().view !== "desk") VIEWS[place().view].refresh(); });
  on("changed", () => VIEWS[place().view].refresh());
  on("preferences", labelKeys);
  labelKeys();
  showView();
  const asked = askForCounts().catch((problem) => showBanner("start", { kind: "serious", words: problem.message }));
  if (place().view === "bands") await asked;
  await VIEWS[place().view].enter();
  await asked;
  watch();
  watchTheClock();
  offerUnsent();
  if (counts() && !counts().reviewer) open("reviewer-dialog");
}

start();
