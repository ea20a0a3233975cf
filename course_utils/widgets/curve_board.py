"""Curves that are drawn by dragging their points, by mouse, by finger or by arrow keys."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import anywidget
import traitlets as T

# Each point is a slider of its own: Tab goes from point to point, arrows move it up and down.
DRAW = """
const SVG = "http://www.w3.org/2000/svg";
function make(name, parent, values) {
  const e = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) e.setAttribute(key, value);
  parent.appendChild(e);
  return e;
}
function render({ model, el }) {
  const frame = document.createElement("div");
  frame.className = "course-board";
  const picture = document.createElement("img");
  el.appendChild(frame);
  frame.appendChild(picture);
  const [width, height] = [model.get("width"), model.get("height")];
  frame.style.maxWidth = width + "px";
  const sheet = make("svg", frame, { viewBox: `0 0 ${width} ${height}`, role: "group" });
  const [left, top, inner, tall] = model.get("box");
  const area = make("rect", sheet, {
    x: left, y: top, width: inner, height: tall, fill: "transparent",
  });
  area.style.cursor = "pointer";
  let values = model.get("values").map((curve) => [...curve]);
  const low = model.get("low"), high = model.get("high"), step = model.get("step");
  const log = model.get("log");
  const share = (v) => log ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low);
  const value = (s) => log ? low * Math.pow(high / low, s) : low + s * (high - low);
  const x = (place) => left + place * inner;
  const y = (v) => top + (1 - share(v)) * tall;
  const round = (s) => {
    const n = Math.round(Math.min(1, Math.max(0, s)) / step) * step;
    return value(Math.min(1, n));
  };
  const curves = model.get("curves"), places = model.get("places"), names = model.get("names");
  const lines = curves.map((curve) => make("polyline", sheet, {
    fill: "none", stroke: curve.colour, "stroke-width": curve.thick, "pointer-events": "none",
    "stroke-dasharray": "9 4 2 4",
  }));
  const labels = curves.map((curve) => {
    const label = make("text", sheet, {
      fill: curve.colour, "font-size": 14, "pointer-events": "none", "paint-order": "stroke",
      stroke: "#FCFBF7", "stroke-width": 4,
    });
    label.textContent = curve.name;
    label.setAttribute("aria-hidden", "true");
    return label;
  });
  const said = (v) => {
    const digits = Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(Math.abs(v) || 1))));
    return v.toFixed(digits) + (model.get("unit") ? " " + model.get("unit") : "");
  };
  const points = curves.map((curve, c) => places.map((place, n) => {
    const point = make("path", sheet, {
      role: "slider", tabindex: 0, "aria-orientation": "vertical",
      "aria-label": names[c][n], "aria-valuemin": low, "aria-valuemax": high,
      fill: "#FCFBF7", stroke: curve.colour, "stroke-width": 2.5,
    });
    point.addEventListener("pointerdown", (event) => take(event, c, n));
    point.addEventListener("keydown", (event) => press(event, c, n));
    return point;
  }));
  function draw() {
    curves.forEach((curve, c) => {
      const at = places.map((place, n) => `${x(place)},${y(values[c][n])}`);
      lines[c].setAttribute("points", at.join(" "));
      const half = (places.length - 1) / 2;
      const middle = c % 2 ? Math.ceil(half) : Math.floor(half);
      labels[c].setAttribute("x", x(places[middle]) + 12);
      labels[c].setAttribute("y", y(values[c][middle]) + (c % 2 ? -12 : 24));
      points[c].forEach((point, n) => {
        const [a, b, r] = [x(places[n]), y(values[c][n]), 8];
        point.setAttribute("d", curve.square
          ? `M${a - r},${b - r}h${2 * r}v${2 * r}h${-2 * r}z`
          : `M${a - r},${b}a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0z`);
        point.setAttribute("aria-valuenow", values[c][n].toPrecision(4));
        point.setAttribute("aria-valuetext", said(values[c][n]));
      });
    });
  }
  function send(c, n) {
    model.set("values", values.map((curve) => [...curve]));
    const moved = model.get("moved");
    if (!moved.some(([a, b]) => a === c && b === n)) model.set("moved", [...moved, [c, n]]);
    model.save_changes();
  }
  function height_of(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      sheet.getScreenCTM().inverse());
    return [at.x, 1 - (at.y - top) / tall];
  }
  function take(event, c, n) {
    if (model.get("locked")) return;
    event.preventDefault();
    const point = points[c][n];
    point.focus();
    point.setPointerCapture(event.pointerId);
    const move = (e) => { values[c][n] = round(height_of(e)[1]); draw(); };
    const drop = () => {
      point.removeEventListener("pointermove", move);
      point.removeEventListener("pointerup", drop);
      point.removeEventListener("pointercancel", drop);
      send(c, n);
    };
    point.addEventListener("pointermove", move);
    point.addEventListener("pointerup", drop);
    point.addEventListener("pointercancel", drop);
  }
  // A press beside the points takes the nearest one along.
  area.addEventListener("pointerdown", (event) => {
    if (model.get("locked")) return;
    const [across, up] = height_of(event);
    let best = null;
    curves.forEach((_, c) => places.forEach((place, n) => {
      const far = Math.abs(x(place) - across) * 4 + Math.abs(share(values[c][n]) - up) * tall;
      if (best === null || far < best[0]) best = [far, c, n];
    }));
    const [, c, n] = best;
    values[c][n] = round(up);
    draw();
    take(event, c, n);
  });
  function press(event, c, n) {
    const jumps = {
      ArrowUp: step, ArrowRight: step, ArrowDown: -step, ArrowLeft: -step,
      PageUp: 10 * step, PageDown: -10 * step, Home: -1, End: 1,
    };
    if (!(event.key in jumps) || model.get("locked")) return;
    event.preventDefault();
    event.stopPropagation();  // JupyterLab would go to the next cell
    const before = values[c][n];
    values[c][n] = round(share(before) + jumps[event.key]);
    draw();
    if (values[c][n] !== before) send(c, n);
  }
  function show() {
    picture.src = model.get("picture");
    picture.alt = model.get("alt");
    sheet.setAttribute("aria-label", model.get("label"));
    const locked = model.get("locked");
    points.flat().forEach((point) => point.setAttribute("aria-disabled", String(locked)));
  }
  const fresh = () => { values = model.get("values").map((curve) => [...curve]); draw(); };
  model.on("change:values", fresh);
  model.on("change:picture change:alt change:label change:locked", show);
  show();
  draw();
  return () => { model.off("change:values", fresh); };
}
export default { render };
"""
LOOK = """
.course-board { position: relative; width: 100%; }
.course-board img { width: 100%; height: auto; display: block; }
.course-board svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.course-board path[role=slider] { cursor: ns-resize; touch-action: none; outline: none; }
.course-board path[role=slider]:focus { fill: #FFE3A3; stroke-width: 4.5; }
.course-board path[aria-disabled=true] { cursor: default; }
"""


class CurveBoard(anywidget.AnyWidget):
    """Curves over a picture, each a row of points at ``places`` (shares of the axes' width).

    ``values`` holds the curves' numbers, from ``low`` to ``high``; a key moves a point by ``step``
    (a share of the axes' height). ``box`` is where the axes lie in the picture. ``moved`` lists the
    points that were moved as [curve, point]; ``locked`` lets nothing be moved any more.
    """

    _esm = DRAW
    _css = LOOK
    picture = T.Unicode().tag(sync=True)
    alt = T.Unicode().tag(sync=True)
    label = T.Unicode("a curve to draw").tag(sync=True)
    width = T.Int().tag(sync=True)
    height = T.Int().tag(sync=True)
    box = T.List(T.Float()).tag(sync=True)
    curves = T.List(T.Dict()).tag(sync=True)
    names = T.List(T.List(T.Unicode())).tag(sync=True)
    places = T.List(T.Float()).tag(sync=True)
    values = T.List(T.List(T.Float())).tag(sync=True)
    moved = T.List(T.List(T.Int())).tag(sync=True)
    low = T.Float().tag(sync=True)
    high = T.Float(1.0).tag(sync=True)
    step = T.Float(0.01).tag(sync=True)
    log = T.Bool(False).tag(sync=True)
    unit = T.Unicode().tag(sync=True)
    locked = T.Bool(False).tag(sync=True)

    def draw(self, curve: int, values: Sequence[float]) -> None:
        """Draw a whole curve. Raises `ValueError` for a wrong number of points, or one outside."""
        if len(values) != len(self.places) or not all(self.low <= v <= self.high for v in values):
            raise ValueError(
                f"A curve has {len(self.places)} values from {self.low:g} to {self.high:g}."
            )
        drawn = [list(old) for old in self.values]
        drawn[curve] = [float(v) for v in values]
        others = [point for point in self.moved if point[0] != curve]
        self.moved = others + [[curve, n] for n in range(len(values))]
        self.values = drawn

    def lay(self, png: bytes, alt: str) -> None:
        """Lay a picture under the curves, with its text alternative."""
        encoded = base64.b64encode(png).decode("ascii")
        self.picture, self.alt = f"data:image/png;base64,{encoded}", alt
