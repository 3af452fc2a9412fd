// Notes that somebody has begun and not saved. They outlive a reload, for as long as the tab is open.

const SHELF = "moderation-review-draft:";

/** What somebody began to write about a comment; null when nothing. */
export function draft(id) {
  try {
    return sessionStorage.getItem(SHELF + id);
  } catch {
    return null;
  }
}

/** Keep what is being written. */
export function keepDraft(id, words) {
  try {
    sessionStorage.setItem(SHELF + id, words);
  } catch {
    // It stays in the field.
  }
}

/** It is saved, or no longer wanted. */
export function dropDraft(id) {
  try {
    sessionStorage.removeItem(SHELF + id);
  } catch {
    // Nothing was kept.
  }
}
