"""Names that a screen reader speaks, and arrow keys that reach the control that has the focus."""

from __future__ import annotations

import anywidget

# Each slider's handle and each player's button takes the text of the label beside it; a button
# with a title takes the title.
COPY_LABELS = """
function name(root) {
  // JupyterLab takes the arrow keys to go from cell to cell: nobody could choose an option by them.
  for (const control of root.querySelectorAll("input[type=radio], select, [role=slider]"))
    if (!control.hasAttribute("data-lm-suppress-shortcuts"))
      control.setAttribute("data-lm-suppress-shortcuts", "true");
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
  // A short text on a button, and in its title what it means beside its neighbours.
  for (const button of root.querySelectorAll("button.jupyter-button[title]")) {
    const spoken = button.title.trim(), shown = button.innerText.trim();
    if (spoken && shown && spoken !== shown && button.getAttribute("aria-label") !== spoken)
      button.setAttribute("aria-label", spoken);
  }
  const icons = {
    "fa-play": "play", "fa-pause": "pause", "fa-stop": "stop", "fa-retweet": "repeat",
  };
  for (const button of root.querySelectorAll("button.jupyter-button")) {
    const icon = button.querySelector("i");
    const spoken = Object.keys(icons).filter((name) => icon?.classList.contains(name));
    if (!button.innerText.trim() && spoken.length
        && button.getAttribute("aria-label") !== icons[spoken[0]])
      button.setAttribute("aria-label", icons[spoken[0]]);
  }
}
function render({ el }) {
  el.style.display = "none";
  let root = null, watcher = null;
  const look = () => {
    root = el.closest(".jp-OutputArea-output") || el.parentElement?.parentElement;
    if (!root) return;
    name(root);
    watcher = new MutationObserver(() => name(root));
    const all = { attributes: true, childList: true, subtree: true, characterData: true };
    watcher.observe(root, all);
  };
  const timer = setTimeout(look, 0);
  return () => { clearTimeout(timer); watcher?.disconnect(); };
}
export default { render };
"""

# The label of a box to tick is cut at one line, whatever it says; a second line stands under the
# first, not under the box. The arrow of a list to choose from is black in every theme: on a dark
# page nothing would say that there is a list.
LOOKS = """
.widget-checkbox { height: auto; }
.widget-checkbox .widget-label-basic {
  white-space: normal; overflow: visible; height: auto;
  display: flex; align-items: baseline; line-height: 1.4; padding: 4px 0;
}
.widget-checkbox .widget-label-basic input { flex: none; }
.widget-checkbox .widget-label-basic span { white-space: normal; overflow: visible; }
[data-jp-theme-light="false"] {
  --jp-widgets-dropdown-arrow: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' \
viewBox='0 0 18 18'%3E%3Cpath d='M5 7l4 4 4-4' fill='none' stroke='white' stroke-width='2'/%3E\
%3C/svg%3E");
}
"""


class SpokenNames(anywidget.AnyWidget):
    """An invisible widget: it names the sliders of its output, and gives controls their keys."""

    _esm = COPY_LABELS
    _css = LOOKS
