// How the page says numbers, verdicts and times.
import { icon, make } from "./elements.js";

const counts = new Intl.NumberFormat("en");

export const VERDICTS = ["approve", "remove", "escalate", "unsure"];

/** 1204 as 1,204. */
export function number(value) {
  return counts.format(value);
}

/** "1 comment", "2 comments". */
export function counted(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** A score with two digits; one that is above 0 and below 0.005 is not called nothing. */
export function score(value) {
  return value > 0 && value < 0.005 ? "<0.01" : value.toFixed(2);
}

/** A verdict as the queue writes it; "approve | remove" is a conflict. */
export function verdictWords(verdict) {
  return verdict.includes("|") ? "conflict" : verdict;
}

/** A verdict as a badge: shape, word and colour. */
export function badge(verdict) {
  const kind = verdict.includes("|") ? "conflict" : verdict;
  const shape = VERDICTS.includes(kind) || kind === "conflict" ? kind : "unsure";
  return make("span", { class: `badge ${shape}` }, icon(shape), make("span", {}, verdictWords(verdict)));
}

/** Seconds as "about 40 minutes". */
export function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return `about ${counted(minutes, "minute")}`;
  if (minutes > 600) return `about ${number(Math.round(minutes / 60))} hours`;
  const halves = Math.round(minutes / 30);
  return `about ${number(Math.floor(halves / 2))}${halves % 2 ? "½" : ""} ${halves > 2 ? "hours" : "hour"}`;
}

/** With a capital at the beginning. */
export function capitalised(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const moments = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** A time as the program writes it, in the reader's own time; what a person wrote stays as it is. */
export function moment(when) {
  const isOurs = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(when) && !Number.isNaN(Date.parse(when));
  return isOurs ? moments.format(new Date(when)) : when;
}

/** At most so many characters of somebody's words. */
export function shortened(text, length) {
  return text.length > length ? `${text.slice(0, length).trimEnd()} …` : text;
}
