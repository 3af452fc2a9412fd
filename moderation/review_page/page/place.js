// Where the reader is: which view, which comment, under which filters.
import { FILTERS, readAddress, writeAddress } from "./address.js";
import { tell } from "./signals.js";

let here = readAddress();

/** @returns {import("./address.js").Place} */
export function place() {
  return here;
}

/** Go somewhere and tell everybody. Filters are laid over those that are set. */
export function go(changes, { replace = false } = {}) {
  const before = here;
  here = { ...here, ...changes, filters: { ...here.filters, ...changes.filters } };
  writeAddress(here, { replace });
  tell("place", { before, here });
}

/** Note which comment is shown; nobody has to do anything about it. */
export function nowAt(id, { replace = false } = {}) {
  here = { ...here, id };
  writeAddress(here, { replace });
}

/** Set filters, from the top of what they find. */
export function filterBy(filters) {
  go({ id: "", filters });
}

/** Take all filters off. */
export function clearFilters() {
  filterBy({ ...FILTERS });
}

window.addEventListener("popstate", () => {
  const before = here;
  here = readAddress();
  tell("place", { before, here });
});
