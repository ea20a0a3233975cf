/* Opens the folded part that a link leads into. Today's browsers do so by themselves, older ones don't. */
(() => {
  "use strict";
  const open = () => {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { /* No escapes, so it is the name itself. */ }
    const place = document.getElementById(name);
    let folded = place?.parentElement.closest("details:not([open])");
    if (!folded) return;
    for (; folded; folded = folded.parentElement.closest("details:not([open])")) folded.open = true;
    place.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();
})();
