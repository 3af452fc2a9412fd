// The drawing of a score's distribution, with a range that can be taken by mouse.
import { draw, make, part } from "./elements.js";
import { counted, number, score } from "./words.js";

const WIDTH = 1000;
const HEIGHT = 200;

/**
 * Draw the bins; those within the range stand out.
 * @param {{words: string, threshold: number|null, bins: {low: number, high: number, undecided: number, decided: number}[]}} found
 * @param {{low: number, high: number}} range
 */
export function drawHistogram(found, range) {
  const svg = part("histogram");
  const most = Math.max(1, ...found.bins.map((bin) => bin.undecided + bin.decided));
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  const taken = draw("rect", { class: "taken", x: range.low * WIDTH, y: 0, width: (range.high - range.low) * WIDTH, height: HEIGHT });
  svg.replaceChildren(taken, ...found.bins.map((bin) => column(bin, most, range)), ...limit(found.threshold));
}

/** The bins as a table, for those who would rather read numbers. */
export function histogramTable(found) {
  const head = ["score", "open", "decided"].map((words) => make("th", { scope: "col" }, words));
  const lines = found.bins.filter((bin) => bin.undecided + bin.decided).map((bin) => {
    const range = make("th", { scope: "row" }, `${score(bin.low)} to ${score(bin.high)}`);
    return make("tr", {}, range, make("td", {}, number(bin.undecided)), make("td", {}, number(bin.decided)));
  });
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...lines));
}

/** The drawing in one sentence. */
export function histogramWords(found) {
  const open = found.bins.reduce((sum, bin) => sum + bin.undecided, 0);
  const decided = found.bins.reduce((sum, bin) => sum + bin.decided, 0);
  const limits = found.threshold == null ? "The policy has no threshold for it." : `The policy’s threshold is ${score(found.threshold)}.`;
  return `Comments by their score for ${found.words}: ${counted(open, "open one")}, ${number(decided)} decided. ${limits}`;
}

/**
 * Let a range be taken by dragging over the drawing.
 * @param {(low: number, high: number) => void} taken
 */
export function listenToDragging(taken) {
  const svg = part("histogram");
  let from = null;
  const at = (event) => {
    const box = svg.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  svg.addEventListener("pointerdown", (event) => {
    from = at(event);
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    const to = at(event);
    if (from !== null && Math.abs(to - from) >= 0.01) taken(Math.min(from, to), Math.max(from, to));
  });
  for (const over of ["pointerup", "pointercancel"]) svg.addEventListener(over, () => { from = null; });
}

function column(bin, most, range) {
  const isWithin = bin.low >= range.low - 1e-9 && bin.high <= range.high + 1e-9;
  const x = bin.low * WIDTH + 1;
  const width = Math.max(1, (bin.high - bin.low) * WIDTH - 2);
  const open = height(bin.undecided, most);
  const done = height(bin.decided, most);
  return draw("g", isWithin ? { class: "within" } : {},
    draw("rect", { class: "open", x, width, y: HEIGHT - open, height: open }),
    draw("rect", { class: "done", x, width, y: HEIGHT - open - done, height: done }));
}

function height(count, most) {
  return count ? Math.max(2, (count / most) * (HEIGHT - 8)) : 0;
}

function limit(threshold) {
  if (threshold == null) return [];
  const x = threshold * WIDTH;
  return [draw("line", { class: "limit", x1: x, x2: x, y1: 0, y2: HEIGHT })];
}
