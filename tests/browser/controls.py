"""Find every control in a notebook's outputs and move each by mouse and by keyboard."""

from __future__ import annotations

from dataclasses import dataclass, field

# A control's key stays the same when its widget is drawn anew: its output, kind, name and place
# among its namesakes. Controls that are hidden, folded away or switched off aren't listed.
FIND = """() => {
    const kinds = [
        ['slider', '[role=slider], input[type=range]'],
        ['checkbox', 'input[type=checkbox]'],
        ['radio', 'input[type=radio]'],
        ['number', 'input[type=number]'],
        ['select', 'select'],
        ['text', 'input[type=text], input:not([type]), textarea'],
        ['button', 'button, [role=button], [role=spinbutton], input[type=button]'],
        ['summary', 'summary'],
    ];
    const taken = new Set(), names = new Map(), found = [];
    // A control that is hidden by now must not keep a key that another one gets.
    document.querySelectorAll('[data-course-key]').forEach(e => delete e.dataset.courseKey);
    document.querySelectorAll('.jp-Notebook .jp-OutputArea-output').forEach((output, place) => {
        if (output.parentElement.closest('.jp-OutputArea-output')) return;
        for (const [kind, selector] of kinds) for (const e of output.querySelectorAll(selector)) {
            if (taken.has(e) || !e.getClientRects().length) continue;
            taken.add(e);
            const label = e.getAttribute('aria-label') || e.labels?.[0]?.innerText
                || e.title || (kind === 'button' || kind === 'summary' ? e.innerText : '') || '';
            const stem = [place, kind, kind === 'button' ? '' : label.trim()].join('|');
            const number = names.get(stem) || 0;
            names.set(stem, number + 1);
            const key = stem + '|' + number;
            e.dataset.courseKey = key;
            const off = e.disabled || e.getAttribute('aria-disabled') === 'true'
                || e.hasAttribute('disabled') || e.closest('[disabled]') !== null
                || (kind === 'text' && e.readOnly);
            found.push({key, kind, label: label.trim(), off});
        }
    });
    return found;
}"""
# A slider on a logarithmic scale moves its exponent, which aria-valuenow rounds to one decimal.
VALUE = """e => e.getAttribute('role') === 'slider'
        ? e.getAttribute('aria-valuenow') + '|' + e.getAttribute('aria-valuetext')
    : e.type === 'checkbox' || e.type === 'radio' ? String(e.checked)
    : 'value' in e && e.tagName !== 'BUTTON' ? e.value
    : e.tagName === 'SUMMARY' ? String(e.parentElement.open) : null"""
FOCUS = """e => { e.focus(); return e.tabIndex >= 0 && document.activeElement === e; }"""
MOST = 600


@dataclass
class Moves:
    """What was moved, what couldn't be, and what was never switched on."""

    moved: set[tuple[str, str]] = field(default_factory=set)
    stuck: list[str] = field(default_factory=list)
    never_on: set[str] = field(default_factory=set)


def move_all(chapter) -> Moves:
    """Move every control by mouse, then by keyboard; those that appear on the way as well."""
    moves = Moves()
    seen_off: dict[str, str] = {}
    done: set[tuple[str, str]] = set()
    for _ in range(MOST):
        controls = chapter.page.evaluate(FIND)
        for control in controls:
            if control["off"]:
                seen_off.setdefault(control["key"], control["label"])
        waiting = [
            (how, control)
            for how in ("mouse", "keyboard")
            for control in controls
            if not control["off"] and (how, control["key"]) not in done
        ]
        if not waiting:
            break
        how, control = waiting[0]
        done.add((how, control["key"]))
        element = chapter.page.query_selector(f'[data-course-key="{_quoted(control["key"])}"]')
        if element is None or not element.is_visible():  # a running training hid it meanwhile
            continue
        error = (
            _by_mouse(chapter, element, control["kind"])
            if how == "mouse"
            else _by_keyboard(chapter, element, control["kind"])
        )
        name = f"{control['kind']} {control['label'] or control['key']!r}"
        if error:
            moves.stuck.append(f"{name} by {how}: {error}")
        else:
            moves.moved.add((how, control["key"]))
    else:
        moves.stuck.append(f"there was no end of new controls after {MOST} moves")
    touched = {key for _, key in done}
    moves.never_on = {f"{key} ({label})" for key, label in seen_off.items() if key not in touched}
    return moves


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\a ")


def _changed(chapter, element, before) -> bool:
    """Wait for the kernel; did the control's value change, or was the control drawn anew?"""
    chapter.settle()
    return not element.evaluate("e => e.isConnected") or element.evaluate(VALUE) != before


def _by_mouse(chapter, element, kind: str) -> str | None:
    page = chapter.page
    element.scroll_into_view_if_needed()
    before = element.evaluate(VALUE)
    if kind == "slider":
        if element.get_attribute("aria-orientation") == "vertical" and element.evaluate(
            "e => e instanceof SVGElement"
        ):
            return _drag_point(chapter, element, before)
        track = element.evaluate_handle("e => e.closest('.noUi-target') || e").as_element()
        for share in (0.8, 0.15, 0.6):
            # A picture that comes late moves the page: look anew where the control stands.
            chapter.settle()
            element.scroll_into_view_if_needed()
            box = track.bounding_box()
            upright = box["height"] > box["width"]
            x = box["x"] + box["width"] * (0.5 if upright else share)
            y = box["y"] + box["height"] * (share if upright else 0.5)
            handle = element.bounding_box() if track != element else None
            if handle:
                page.mouse.move(
                    handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
                )
                page.mouse.down()
                page.mouse.move(x, y, steps=4)
                page.mouse.up()
            else:
                page.mouse.click(x, y)
            if _changed(chapter, element, before):
                return None
        return "dragging it changed nothing"
    if kind == "select":
        # A browser draws the list of a select outside the page, where no test can click.
        options = element.evaluate("e => [...e.options].map(o => o.index)")
        chosen = element.evaluate("e => e.selectedIndex")
        element.select_option(index=next((i for i in options if i != chosen), 0))
        return None if len(options) < 2 or _changed(chapter, element, before) else "stayed the same"
    if kind == "number":
        return _type_number(chapter, element, before)
    if kind == "text":
        element.click()
        page.keyboard.type("ball")
        page.keyboard.press("Tab")
        return None if _changed(chapter, element, before) else "typing changed nothing"
    element.click(timeout=5_000)
    if kind == "radio":
        chapter.settle()
        return None
    if kind in ("checkbox", "summary"):
        return None if _changed(chapter, element, before) else "a click changed nothing"
    chapter.settle()
    return None


def _drag_point(chapter, element, before) -> str | None:
    """Drag a point of a drawn curve up or down."""
    mouse = chapter.page.mouse
    for far in (-30, 30):
        box = element.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse.move(x, y)
        mouse.down()
        mouse.move(x, y + far, steps=4)
        mouse.up()
        if _changed(chapter, element, before):
            return None
    return "dragging it changed nothing"


def _type_number(chapter, element, before) -> str | None:
    element.click()
    for key in ("ArrowUp", "ArrowDown"):
        chapter.page.keyboard.press(key)
        chapter.page.keyboard.press("Enter")
        if _changed(chapter, element, before):
            return None
    return "the arrow keys changed nothing"


def _by_keyboard(chapter, element, kind: str) -> str | None:
    page = chapter.page
    before = element.evaluate(VALUE)
    # Of a group of radio buttons only one can be reached by Tab: the arrow keys do the rest.
    if not element.evaluate(FOCUS):
        return "it can't be reached by keyboard"
    # JupyterLab keeps the arrow keys for itself while a select has the focus, until it's opened.
    keys: tuple[tuple[str, ...], ...] = {
        "slider": (("ArrowRight",), ("ArrowLeft",)),
        "checkbox": (("Space",),),
        "radio": (("Space",),),
        "number": (("ArrowUp", "Tab"), ("ArrowDown", "Tab")),
        "select": (("Space", "ArrowDown", "Enter"), ("Space", "ArrowUp", "Enter")),
        "text": (("s", "Tab"),),
        "button": (("Enter",),),
        "summary": (("Enter",),),
    }[kind]
    for pressed in keys:
        for key in pressed:
            page.keyboard.press(key)
            if kind == "select":
                page.wait_for_timeout(100)
        if _changed(chapter, element, before) or kind in ("button", "radio"):
            return None
        element.focus()
    if kind == "select" and element.evaluate("e => e.options.length") < 2:
        return None
    return f"{' and '.join(' '.join(pressed) for pressed in keys)} changed nothing"
