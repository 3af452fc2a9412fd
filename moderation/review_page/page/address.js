// The address bar keeps the view, the comment and the filters. The token in the path stays as it is.

/** Each filter with the value that means "all". */
export const FILTERS = {
  search: "", reason: "", severity: "0", target: "", label: "", low: "0", high: "1", page: "",
  language: "", author: "", group: "", verdict: "", order: "priority",
};

const VIEWS = ["desk", "list", "bands"];

/**
 * @typedef {{view: string, id: string, filters: Record<string, string>}} Place
 * @returns {Place} what the address says now
 */
export function readAddress() {
  const query = new URLSearchParams(location.search);
  const view = query.get("view") ?? "desk";
  const filters = {};
  for (const filter of Object.keys(FILTERS)) filters[filter] = query.get(filter) ?? FILTERS[filter];
  return { view: VIEWS.includes(view) ? view : "desk", id: query.get("id") ?? "", filters };
}

/** Write a place into the address: a new step for the Back button, or in place of the last one. */
export function writeAddress(place, { replace = false } = {}) {
  const query = new URLSearchParams();
  if (place.view !== "desk") query.set("view", place.view);
  for (const [filter, value] of setFilters(place.filters)) query.set(filter, value);
  if (place.id) query.set("id", place.id);
  const address = `${location.pathname}${query.size ? `?${query}` : ""}`;
  if (address === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
}

/** @returns {[string, string][]} the filters that leave something out, or sort */
export function setFilters(filters) {
  return Object.entries(filters).filter(([filter, value]) => value !== FILTERS[filter]);
}
