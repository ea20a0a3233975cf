"""Large type for a projector: every widget of the page grows, and its picture is drawn sharper."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from course_utils.figures.canvas import sharpen

# On a wall where 1280 points are two metres wide, a capital letter of TEXT points is 2.5 cm high,
# and one of LABEL points 2 cm: from ten metres 9 and 7 minutes of arc. Normal sight reads 5.
TEXT, LABEL = 22.0, 18.0  # points of a screen, 1280 wide: the least of words, and of labels
ZOOM = 1.9  # the smallest words of a widget have 11.7 points
PICTURE = 1.32  # labels in pictures have at least 13.9
CODE = 22
SHARP = 2.0  # drawn for a screen of more points as well
SAID = {
    True: "Large type is on for this page. large_type(False) turns it off.",
    False: "Large type is off.",
}

# `zoom` and not a larger font: boxes of a fixed width grow with their words, so nothing is cut.
STYLE = f"""
.jp-Notebook .jp-OutputArea-output, .jp-Notebook .jp-MarkdownOutput {{ zoom: {ZOOM}; }}
.jp-Notebook .jp-OutputArea-output .jp-OutputArea-output {{ zoom: 1; }}
.jp-Notebook .jp-OutputArea-output img,
.jp-Notebook .jp-OutputArea-output .course-board {{ zoom: {PICTURE / ZOOM:.4f}; }}
.jp-Notebook .jp-OutputArea-output .course-board img {{ zoom: 1; }}
.jp-Notebook .cm-editor {{ font-size: {CODE}px; line-height: 1.35; }}
.jp-Notebook .jp-InputPrompt, .jp-Notebook .jp-OutputPrompt,
.jp-Notebook .jp-OutputArea-promptOverlay {{ display: none; }}
.jp-Notebook .jp-RenderedHTMLCommon table, .jp-Notebook .jp-RenderedHTMLCommon sub,
.jp-Notebook .jp-RenderedHTMLCommon sup, .jp-Notebook .jp-RenderedHTMLCommon small
  {{ font-size: 1em; }}
"""

# The style is the page's, not the cell's: it stays when the cell is scrolled out of sight.
SCRIPT = f"""
const id = "course-large-type", style = {STYLE!r};
function apply(on) {{
  let sheet = document.getElementById(id);
  if (on && !sheet) {{
    sheet = document.createElement("style");
    sheet.id = id;
    sheet.textContent = style;
    document.head.append(sheet);
  }}
  if (!on) sheet?.remove();
}}
function initialize({{ model }}) {{
  apply(model.get("on"));
  model.on("change:on", () => apply(model.get("on")));
}}
function render({{ model, el }}) {{
  const say = () => {{ el.textContent = model.get("said"); }};
  say();
  model.on("change:said", say);
}}
export default {{ initialize, render }};
"""


class LargeType(anywidget.AnyWidget):
    """``on`` says whether the page's notebooks are shown in large type."""

    _esm = SCRIPT
    on = traitlets.Bool(True).tag(sync=True)
    said = traitlets.Unicode(SAID[True]).tag(sync=True)

    def __init__(self, on: bool = True) -> None:
        sharpen(SHARP if on else 1.0)
        super().__init__(on=on, said=SAID[on])

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        plain = {"text/plain": self.said, "text/html": f"<p>{self.said}</p>"}
        if isinstance(bundle, tuple):
            return {**bundle[0], **plain}, bundle[1]
        return {**(bundle or {}), **plain}
