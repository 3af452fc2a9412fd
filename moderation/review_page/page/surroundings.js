// What is around a comment: its neighbours on the page, its near-duplicates, what was decided before.
import { fillText, scrollable, segmentsOf } from "./comment_text.js";
import { make, name, part } from "./elements.js";
import { badge, counted, number, VERDICTS } from "./words.js";

/**
 * Fold the neighbours round the comment.
 * @param {{before: any, after: any, parent: any}} around
 */
export function showNeighbours({ before, after, parent }) {
  const isSame = parent && before && parent.text === before.text && parent.author === before.author && parent.id === before.id;
  const earlier = [parent && neighbour("The comment that it answers, by ", parent), !isSame && before && neighbour("The comment before, by ", before)];
  part("neighbours-before").replaceChildren(...earlier.filter(Boolean));
  part("neighbours-after").replaceChildren(...(after ? [neighbour("The comment after, by ", after)] : []));
}

/** Nothing is known of the surroundings yet. */
export function hideNeighbours() {
  part("neighbours-before").replaceChildren();
  part("neighbours-after").replaceChildren();
}

/** Unfold all neighbours, or fold them. */
export function toggleNeighbours() {
  const all = [.../** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.neighbour"))];
  const open = !all.every((one) => one.open);
  for (const one of all) one.open = open;
  return all.length > 0;
}

/**
 * What the desk knows of comments like this one.
 * @param {any} around
 * @param {{author: string}} row
 * @returns {(HTMLElement|null)[]}
 */
export function history(around, row) {
  return [
    briefs("Near-duplicates", around.group, { isOpen: false }),
    briefs("Same text, decided before", around.same_text, { isOpen: true }),
    row.author ? briefs("Same author, decided before", around.same_author, { isOpen: false }) : null,
  ];
}

function neighbour(relation, brief) {
  const summary = make("summary", {}, relation, name(brief.author, "somebody without a name"));
  const said = make("div", { class: "said" });
  fillText(said, segmentsOf(brief), { dir: brief.dir });
  scrollable(said, relation.split(",")[0]);
  const about = make("p", { class: "by" }, ...aboutBrief(brief));
  return make("details", { class: "neighbour" }, summary, said, about);
}

function aboutBrief(brief) {
  const verdict = brief.standing?.verdict;
  return [
    brief.posted_at && make("bdi", {}, `${brief.posted_at} `),
    brief.is_flagged ? null : make("span", {}, "not flagged "),
    verdict ? badge(verdict) : null,
    brief.id && brief.standing ? make("span", {}, " ", link(brief.id, "open it")) : null,
  ].filter(Boolean);
}

function briefs(title, found, { isOpen }) {
  if (!found?.total) return null;
  const heading = make("h3", {}, title, make("span", { class: "count" }, number(found.total)));
  const list = make("ol", { class: "briefs" }, ...found.briefs.map(briefItem));
  const left = found.total - found.briefs.length;
  const more = left ? make("p", { class: "waiting" }, `and ${counted(left, "more", "more")}`) : null;
  const fold = make("details", { open: isOpen && found.total <= 3 }, make("summary", {}, tally(found.briefs)), list, more);
  return make("section", {}, heading, fold);
}

function tally(all) {
  const verdicts = all.map((brief) => brief.standing?.verdict).filter(Boolean);
  const kinds = VERDICTS.filter((verdict) => verdicts.includes(verdict));
  const count = (verdict) => verdicts.filter((other) => other === verdict).length;
  const badges = kinds.map((verdict) => make("span", {}, badge(verdict), ` ${number(count(verdict))}`));
  const open = all.length - verdicts.length;
  const rest = open ? make("span", { class: "waiting" }, `${number(open)} open`) : null;
  return make("span", { class: "tally" }, ...badges, rest);
}

function briefItem(brief) {
  const said = make("div", { class: "said" });
  fillText(said, segmentsOf(brief), { dir: brief.dir, isQuiet: true });
  const { standing } = brief;
  const note = standing?.note ? make("span", {}, "“", make("bdi", {}, standing.note), "”") : null;
  const who = standing?.reviewer ? make("span", {}, "by ", name(standing.reviewer)) : null;
  const by = [standing?.verdict ? badge(standing.verdict) : null, who, note, brief.id ? link(brief.id, "open") : null];
  return make("li", {}, said, make("span", { class: "by" }, ...by.filter(Boolean)));
}

function link(id, words) {
  const query = new URLSearchParams(location.search);
  query.set("id", id);
  query.delete("view");
  return make("a", { href: `?${query}`, "data-comment": id }, words);
}

/** Words for the box that decides near-duplicates too. */
export function groupWords(size) {
  return `also its ${counted(size, "near-duplicate")}, as my own verdict`;
}
