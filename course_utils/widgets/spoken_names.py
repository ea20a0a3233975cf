"""Names that a screen reader speaks: ipywidgets gives none to its sliders and players."""

from __future__ import annotations

import anywidget

# Each slider's handle and each player's button takes the text of the label beside it.
COPY_LABELS = """
function name(root) {
  for (const box of root.querySelectorAll(".widget-slider, .widget-hslider, .widget-vslider")) {
    const label = box.querySelector(".widget-label")?.innerText.trim() || box.title;
    const handles = box.querySelectorAll("[role=slider]");
    handles.forEach((handle, i) => {
      const end = handles.length > 1 ? (i ? ", upper end" : ", lower end") : "";
      const spoken = (label || "slider") + end;
      if (handle.getAttribute("aria-label") !== spoken) handle.setAttribute("aria-label", spoken);
      const shown = box.querySelector(".widget-readout")?.innerText.trim();
      if (shown && handle.getAttribute("aria-valuetext") !== shown)
        handle.setAttribute("aria-valuetext", shown);
    });
  }
  for (const readout of root.querySelectorAll(".widget-readout[contenteditable=true]")) {
    const label = readout.parentElement.querySelector(".widget-label")?.innerText.trim();
    const spoken = (label || "slider") + ", as a number";
    if (readout.getAttribute("aria-label") !== spoken) {
      readout.setAttribute("aria-label", spoken);
      readout.setAttribute("role", "textbox");
    }
  }
  for (const button of root.querySelectorAll(".widget-play button"))
    if (!button.getAttribute("aria-label") && button.title)
      button.setAttribute("aria-label", button.title);
}
function render({ el }) {
  el.style.display = "none";
  let root = null, watcher = null;
  const look = () => {
    root = el.closest(".jp-OutputArea-output") || el.parentElement?.parentElement;
    if (!root) return;
    name(root);
    watcher = new MutationObserver(() => name(root));
    watcher.observe(root, { childList: true, subtree: true, characterData: true });
  };
  const timer = setTimeout(look, 0);
  return () => { clearTimeout(timer); watcher?.disconnect(); };
}
export default { render };
"""


class SpokenNames(anywidget.AnyWidget):
    """An invisible widget that names the sliders of the output in which it stands."""

    _esm = COPY_LABELS
