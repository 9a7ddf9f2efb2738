// Loading the whole page again, since a page of a file may ask for nothing; not under somebody's
// fingers, and so that everything stands where it stood.

const QUIET = 1500; // milliseconds after a key in which the page does not load itself anew

function reloadWhenQuiet() {
  const isBusy =
    document.hidden ||
    Date.now() - lastInput < QUIET ||
    document.activeElement?.tagName === "IFRAME" ||
    String(window.getSelection());
  if (isBusy) return;
  const focused = document.activeElement;
  state.focused = focused?.id || focused?.hash || null;
  state.caret = focused?.id === "search" ? focused.selectionStart : null;
  remember();
  window.location.reload();
}

function restore() {
  const { scrolled: places, focused, caret } = remembered();
  places?.forEach((top, number) => {
    [at("list"), at("detail")][number].scrollTop = top;
  });
  if (!focused) return;
  const found = focused.startsWith("#")
    ? [...document.querySelectorAll("a")].find((each) => each.hash === focused)
    : at(focused);
  found?.focus({ preventScroll: true });
  if (caret !== null) found?.setSelectionRange?.(caret, caret);
}
