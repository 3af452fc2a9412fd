// What is wrong with the controls that can be seen: no name, or too small to hit (WCAG 2.2, 2.5.8).
() => {
  const MINIMUM = 24;
  const isSeen = (control) => control.getClientRects().length > 0 && getComputedStyle(control).visibility !== "hidden";
  const nameOf = (control) =>
    (control.getAttribute("aria-label") || [...(control.labels ?? [])].map((label) => label.innerText).join(" ") ||
      control.innerText || control.textContent || control.title || "").trim();
  const isInline = (control) => control.matches("p a, li a, .comment-text button, mark button");
  const problems = [];
  for (const control of document.querySelectorAll("button, a[href], input, select, textarea, summary")) {
    if (!isSeen(control) || control.matches(".skip")) continue;
    const box = control.getBoundingClientRect();
    const label = control.closest("label")?.getBoundingClientRect();
    const width = Math.max(box.width, label?.width ?? 0), height = Math.max(box.height, label?.height ?? 0);
    if (!nameOf(control)) problems.push(`no name: ${control.outerHTML.slice(0, 120)}`);
    if ((width < MINIMUM || height < MINIMUM) && !isInline(control)) {
      problems.push(`${Math.round(width)} by ${Math.round(height)}: ${nameOf(control).slice(0, 40)}`);
    }
  }
  return problems;
}
