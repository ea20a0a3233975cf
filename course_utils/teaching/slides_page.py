"""Slides as one HTML page: arrow keys, page numbers, notes, light and dark, and print."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

WIDE, HIGH = 1280, 720  # the sheet, whatever the screen's size: it is scaled as a whole
MOST_LARGE = 1.8  # a small picture isn't blown up further
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

STYLE = """
:root { color-scheme: light; --paper: #FFFFFF; --ink: #1A1A1A; --quiet: #4A4A4A; --edge: #B9B4A6;
  --room: #DDD9CE; --accent: #0065A3; }
:root.dark { color-scheme: dark; --paper: #1B1D21; --ink: #F2F0EA; --quiet: #C9C6BD;
  --edge: #5A5A5A; --room: #0E0F11; --accent: #8CC8F2; }
* { box-sizing: border-box; }
html, body { margin: 0; background: var(--room); color: var(--ink);
  font-family: "DejaVu Sans", Verdana, "Segoe UI", sans-serif; }
section { width: 1280px; height: 720px; padding: 28px 56px 50px; background: var(--paper);
  display: flex; flex-direction: column; gap: 12px; position: relative; overflow: hidden;
  margin: 0 auto 24px; }
h1, h2 { margin: 0; font-size: 40px; line-height: 1.15; }
h1 { font-size: 60px; }
.words { font-size: 28px; line-height: 1.32; }
.words p, .words li { margin: 0; }
.words p + p { margin-top: 14px; }
.words ul { margin: 0; padding-left: 1.1em; }
.words li + li { margin-top: 18px; }
.bare .words { font-size: 36px; }
.first, .bare { justify-content: center; }
.bare h2 { position: absolute; top: 28px; left: 56px; right: 56px; }
code { font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: 0.92em; }
figure { margin: 0; flex: 1; min-height: 0; display: flex; align-items: center;
  justify-content: center; }
figure img { display: block; max-width: 100%; max-height: 100%; object-fit: contain; }
.page { margin: 0; position: absolute; right: 56px; bottom: 12px; font-size: 22px;
  color: var(--quiet); }
.notes { display: none; }
.js section[hidden] { display: none; }
.js body { overflow: hidden; height: 100vh; }
.js .stage { position: absolute; left: 0; top: 0; width: 1280px; height: 720px;
  transform-origin: 0 0; }
.js section { margin: 0; }
.bar { position: fixed; left: 8px; bottom: 8px; display: none; gap: 6px; z-index: 2; }
.js .bar { display: flex; }
.bar button { font: inherit; font-size: 18px; min-width: 40px; min-height: 40px; padding: 4px 12px;
  color: var(--ink); background: var(--paper); border: 2px solid var(--edge); border-radius: 6px; }
.bar button:focus-visible { outline: 4px solid var(--accent); outline-offset: 1px; }
.with-notes .notes { display: block; position: fixed; left: 0; right: 0; bottom: 0; z-index: 1;
  padding: 16px 24px 64px; background: var(--paper); border-top: 4px solid var(--accent);
  font-size: 22px; line-height: 1.35; max-height: 45vh; overflow: auto; }
.notes p { margin: 0 0 8px; }
@media print {
  @page { size: 1280px 720px; margin: 0; }
  html, body, .js body { background: none; overflow: visible; height: auto; }
  .js .stage { position: static; transform: none !important; height: auto; }
  .js section[hidden], section { display: flex !important; margin: 0; break-after: page; }
  .bar, .js .bar, .notes, .with-notes .notes { display: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""

SCRIPT = """
const root = document.documentElement, stage = document.querySelector(".stage");
const slides = [...document.querySelectorAll("section")];
const notes = document.querySelector(".notes"), where = document.querySelector("#where");
root.classList.add("js");
let now = -1;
function show(number, quietly) {
  number = Math.max(0, Math.min(slides.length - 1, number));
  if (number === now) return;
  now = number;
  slides.forEach((slide, i) => { slide.hidden = i !== now; });
  notes.replaceChildren(...slides[now].querySelector("template").content.cloneNode(true).childNodes);
  where.textContent = `${now + 1} of ${slides.length}`;
  if (!quietly) history.replaceState(null, "", `#${now + 1}`);
}
function fit() {
  const scale = Math.min(innerWidth / 1280, innerHeight / 720);
  const left = (innerWidth - 1280 * scale) / 2, top = (innerHeight - 720 * scale) / 2;
  stage.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
}
function dark(on) {
  root.classList.toggle("dark", on);
  document.querySelector("#dark").setAttribute("aria-pressed", String(on));
}
function noted(on) {
  root.classList.toggle("with-notes", on);
  document.querySelector("#noted").setAttribute("aria-pressed", String(on));
}
const act = {
  back: () => show(now - 1), on: () => show(now + 1),
  dark: () => dark(!root.classList.contains("dark")),
  noted: () => noted(!root.classList.contains("with-notes")),
  first: () => show(0), last: () => show(slides.length - 1),
  whole: () => document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen(),
};
const keys = {
  ArrowRight: "on", ArrowDown: "on", PageDown: "on", " ": "on", ArrowLeft: "back",
  ArrowUp: "back", PageUp: "back", Home: "first", End: "last", n: "noted", d: "dark", f: "whole",
};
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && event.target.tagName === "BUTTON") return;
  const name = keys[event.key];
  if (name) { event.preventDefault(); act[name](); }
});
for (const button of document.querySelectorAll(".bar button"))
  button.addEventListener("click", () => act[button.id]());
addEventListener("resize", fit);
addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1));
dark(matchMedia("(prefers-color-scheme: dark)").matches);
fit();
show((Number(location.hash.slice(1)) || 1) - 1, true);
"""


@dataclass(frozen=True)
class Picture:
    """A PNG as base64, its text alternative, and the size in pixels that it was laid out for."""

    data: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class Slide:
    """One idea: a title, a few sentences as HTML, perhaps a picture, and the speaker's notes."""

    title: str
    text: tuple[str, ...]
    picture: Picture | None = None
    notes: tuple[str, ...] = ()


def page(slides: Sequence[Slide]) -> str:
    """All slides as one page; its title is the first slide's."""
    count = len(slides)
    body = "\n".join(_section(slide, i, count) for i, slide in enumerate(slides, 1))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(slides[0].title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<main class="stage">\n{body}\n</main>\n'
        '<aside class="notes" aria-label="Notes for the speaker" tabindex="0"></aside>\n'
        '<nav class="bar" aria-label="Slides">'
        '<button id="back" aria-label="Back">◀</button>'
        '<button id="on" aria-label="On">▶</button>'
        '<button id="noted" aria-pressed="false" title="key n">Notes</button>'
        '<button id="dark" aria-pressed="false" title="key d">Dark</button>'
        f'<span id="where" role="status" hidden></span></nav>\n'
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _section(slide: Slide, number: int, count: int) -> str:
    level = 1 if number == 1 else 2
    kind = "first" if number == 1 else "" if slide.picture else "bare"
    several = len(slide.text) > 1 and slide.picture is None and number > 1
    words = (
        "<ul>" + "".join(f"<li>{line}</li>" for line in slide.text) + "</ul>"
        if several
        else "<p>" + " ".join(slide.text) + "</p>"
    )
    words = f'<div class="words">{words}</div>' if slide.text else ""
    picture = "" if slide.picture is None else _figure(slide.picture)
    notes = "".join(f"<p>{note}</p>" for note in slide.notes)
    notes = notes or "<p>No notes for this slide.</p>"
    return (
        f'<section id="{number}" class="{kind}" aria-labelledby="title-{number}">'
        f'<h{level} id="title-{number}">{html.escape(slide.title)}</h{level}>'
        f"{words}{picture}"
        f'<p class="page">{number} / {count}</p><template>{notes}</template></section>'
    )


def _figure(picture: Picture) -> str:
    wide = round(picture.width * MOST_LARGE)
    return (
        f'<figure><img alt="{html.escape(picture.alt)}" data-width="{picture.width}"'
        f' width="{picture.width}" height="{picture.height}"'
        f' style="width:{wide}px;height:auto" src="data:image/png;base64,{picture.data}"></figure>'
    )
