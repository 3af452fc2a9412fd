// How the parts of the page hear of each other without knowing each other.

const hall = new EventTarget();

/**
 * Hear a signal: "summary" (new counts), "place" (view, comment or filters changed), "preferences",
 * "changed" (somebody changed the queue), "masks" (masked words are shown or hidden).
 * @param {string} signal
 * @param {(detail: any) => void} hear
 */
export function on(signal, hear) {
  hall.addEventListener(signal, (event) => hear(/** @type {CustomEvent} */ (event).detail));
}

/** Send a signal to whoever hears it. */
export function tell(signal, detail = null) {
  hall.dispatchEvent(new CustomEvent(signal, { detail }));
}
