// The only file that talks to the program. Addresses are relative: the token is in the path.
import { setFilters } from "./address.js";

const PATIENCE = 30000; // ms; the program itself waits up to 15 seconds for a locked file

/** The program answered, and said no. Its message is a sentence for people. */
export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** The program did not answer. Nobody knows whether it got the message. */
export class NoAnswer extends Error {}

export const summary = () => get("summary");
export const facets = (filters) => get("facets", Object.fromEntries(setFilters(filters)));
export const rows = (filters, offset, limit) => get("rows", { ...filtered(filters), offset, limit });
export const row = (id, filters, more = {}) =>
  get(`rows/${encodeURIComponent(id)}`, { ...filtered(filters), ...more });
export const around = (id) => get(`rows/${encodeURIComponent(id)}/around`);
export const histogram = (label, filters, bins) => get("histogram", { ...filtered(filters), label, bins });
export const band = (filters, size, seed) => get("band", { ...filtered(filters), size, seed });
export const changes = (since) => get("changes", { since });
export const nameReviewer = (name) => post("reviewer", { name });

/**
 * Ask for something.
 * @param {string} what below ./api/
 * @param {Record<string, any>} [query]
 */
export function get(what, query = {}) {
  const words = new URLSearchParams(query).toString();
  return answer(`./api/${what}${words ? `?${words}` : ""}`, {});
}

/**
 * Change something.
 * @param {string} what below ./api/
 * @param {object} body
 */
export function post(what, body) {
  const headers = { "Content-Type": "application/json" };
  return answer(`./api/${what}`, { method: "POST", headers, body: JSON.stringify(body) });
}

async function answer(address, options) {
  const response = await reach(address, options);
  const body = await understood(response);
  if (response.ok) return body;
  throw new Refused(response.status, body.error ?? `The program answered with the error ${response.status}.`);
}

async function reach(address, options) {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    return await fetch(address, { cache: "no-store", redirect: "error", signal, ...options });
  } catch (problem) {
    throw new NoAnswer("The program does not answer.", { cause: problem });
  }
}

async function understood(response) {
  try {
    return await response.json();
  } catch (problem) {
    if (response.ok) throw new NoAnswer("The answer broke off.", { cause: problem });
    return {};
  }
}

function filtered(filters) {
  return Object.fromEntries(setFilters(filters));
}
