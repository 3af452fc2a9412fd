// Comments are fetched before they are shown, so that the next one is there when a decision is saved.
import * as api from "./api.js";

const MOST = 12;

/** @type {Map<string, {row: Promise<any>, around: Promise<any>}>} */
const shelf = new Map();

/**
 * A comment and what is around it, fetched once.
 * @param {string} id
 * @param {Record<string, string>} filters
 */
export function fetched(id, filters) {
  const key = `${id} ${JSON.stringify(filters)}`;
  const kept = shelf.get(key);
  if (kept) return kept;
  const fresh = { row: api.row(id, filters), around: api.around(id) };
  shelf.set(key, fresh);
  for (const promise of [fresh.row, fresh.around]) promise.catch(() => shelf.delete(key));
  if (shelf.size > MOST) shelf.delete(shelf.keys().next().value);
  return fresh;
}

/** Forget comments that changed. */
export function forget(ids) {
  for (const key of shelf.keys()) {
    if (ids.includes(key.split(" ", 1)[0])) shelf.delete(key);
  }
}

/** Forget all: somebody else changed the queue. */
export function forgetAll() {
  shelf.clear();
}
