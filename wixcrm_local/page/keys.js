// The keyboard: / goes to the search, arrows into the rows and along them, Escape back to them.

function pressed(event) {
  lastInput = Date.now();
  const isTyping = ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !isTyping) {
    event.preventDefault();
    at("search")?.focus();
  } else if (event.key === "Escape" && place().id !== null) {
    window.location.hash = `#${place().section}`;
  } else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
    step(event, event.key === "ArrowDown" ? 1 : -1);
  }
}

// From the search into the rows, and up and down among them.
function step(event, by) {
  const rows = [...document.querySelectorAll("#rows a")];
  const here = rows.indexOf(event.target);
  if (event.target.id !== "search" && here < 0) return;
  event.preventDefault();
  (rows[here + by] ?? (here + by < 0 ? at("search") : rows[here]))?.focus();
}
