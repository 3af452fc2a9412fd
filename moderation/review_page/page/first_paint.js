// Runs before anything is drawn, so that a chosen theme does not flash in another one.
// preferences.js owns these settings; this file only reads them.
(() => {
  try {
    const kept = JSON.parse(localStorage.getItem("moderation-review") ?? "{}");
    for (const name of ["theme", "tone", "size", "keys"]) {
      if (typeof kept[name] === "string") document.documentElement.dataset[name] = kept[name];
    }
  } catch {
    // Without storage the page has its ordinary look.
  }
})();
