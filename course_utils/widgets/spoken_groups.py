"""Groups of answers that a screen reader names by their question, and where the focus goes."""

from __future__ import annotations

import anywidget

NAME_GROUPS = """
// Each group of answers takes the text of its sheet's question as its name. The message "focus"
// moves the keyboard's focus to the first answer. Radio buttons get a common name, so that the
// arrow keys choose among them as everywhere on the web; JupyterLab would take these keys to walk
// from cell to cell.
function render({ model, el }) {
  el.style.display = "none";
  let sheet = null, watcher = null;
  const seen = (e) => e.getClientRects().length > 0;
  const name = () => {
    const asked = sheet.querySelector(".course-question")?.innerText.trim();
    for (const group of sheet.querySelectorAll(".course-group")) {
      if (group.classList.contains("widget-radio")) {
        group.dataset.courseName ||= "course-" + Math.random().toString(36).slice(2);
        for (const radio of group.querySelectorAll("input[type=radio]"))
          if (radio.name !== group.dataset.courseName) radio.name = group.dataset.courseName;
      }
      const role = group.classList.contains("widget-radio") ? "radiogroup" : "group";
      if (group.getAttribute("role") !== role) group.setAttribute("role", role);
      if (asked && group.getAttribute("aria-label") !== asked)
        group.setAttribute("aria-label", asked);
    }
  };
  const look = () => {
    sheet = el.closest(".course-sheet");
    if (!sheet) return;
    name();
    watcher = new MutationObserver(name);
    watcher.observe(sheet, { childList: true, subtree: true, characterData: true });
  };
  const focus = () => {
    const now = document.activeElement;
    if (!sheet || !(now === document.body || sheet.contains(now))) return;
    [...sheet.querySelectorAll(".course-group input")].find(seen)?.focus();
  };
  const keep = (event) => {
    const radio = event.target;
    if (event.key.startsWith("Arrow") && radio.type === "radio" && sheet?.contains(radio))
      event.stopImmediatePropagation();
  };
  window.addEventListener("keydown", keep, true);
  let waiting = 0;
  const hear = (message) => {
    clearTimeout(waiting);
    if (message === "focus") waiting = setTimeout(focus, 80);
  };
  model.on("msg:custom", hear);
  const timer = setTimeout(look, 0);
  return () => {
    clearTimeout(timer); clearTimeout(waiting); watcher?.disconnect();
    model.off("msg:custom", hear);
    window.removeEventListener("keydown", keep, true);
  };
}
export default { render };
"""
# A long answer goes on in a second line instead of lying across the next answer.
WRAP = """
.course-sheet .widget-radio-box label {
  display: flex; align-items: baseline; gap: 6px;
  height: auto; min-height: 22px; line-height: 1.4; white-space: normal;
}
.course-sheet .widget-radio-box input {
  order: -1; flex: 0 0 auto; margin: 0; align-self: flex-start; height: 20px;
}
.course-sheet .widget-radio, .course-sheet .widget-radio-box { height: auto; width: 100%; }
.course-sheet .widget-checkbox, .course-sheet .widget-checkbox .widget-label-basic {
  height: auto; min-height: 22px; line-height: 1.4; white-space: normal;
}
.course-sheet .widget-checkbox .widget-label-basic { display: flex; gap: 6px; }
.course-sheet .widget-checkbox input { flex: 0 0 auto; }
"""
SHEET, GROUP, QUESTION = "course-sheet", "course-group", "course-question"


class SpokenGroups(anywidget.AnyWidget):
    """An invisible widget. The box around it has the class `SHEET`, answers have `GROUP`."""

    _esm = NAME_GROUPS
    _css = WRAP

    def focus(self) -> None:
        """Move the keyboard's focus to the first answer."""
        self.send("focus")
