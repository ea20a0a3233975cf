"""The site: links lead somewhere, nothing comes from elsewhere, a browser finds no fault."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
import yaml

from course_utils.learning.glossary import TERMS
from course_utils.teaching import site
from course_utils.teaching.__main__ import main as teaching
from course_utils.teaching.command import CommandError
from course_utils.teaching.mathml import mathml
from course_utils.teaching.site_pages import EXAMPLE, SHOWN, Pages, label, words_alone
from course_utils.widgets import panel
from tests.browser.lab import axe_source

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 15_000_000
LOADS = {("img", "src"), ("script", "src"), ("link", "href"), ("iframe", "src"), ("form", "action"),
         ("source", "src"), ("video", "src"), ("audio", "src"), ("object", "data"),
         ("embed", "src"), ("img", "srcset")}  # fmt: skip
FROM_ELSEWHERE = re.compile(r"@import|url\(|https?://|fetch\(|XMLHttpRequest|import\(", re.I)


class Reader(HTMLParser):
    """What a page links and loads, its anchors, pictures, and its words outside of folds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: list[str] = []
        self.alts: list[str | None] = []
        self.headings: list[str] = []
        self.seen = ""
        self._folds = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            self.anchors.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "img":
            self.alts.append(given.get("alt"))
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)
        self.loads += [given[name] for kind, name in LOADS if kind == tag and given.get(name)]
        self._folds += tag == "details"

    def handle_endtag(self, tag):
        self._folds -= tag == "details"

    def handle_data(self, data):
        if not self._folds:
            self.seen += data


def faults(files: dict[str, bytes]) -> list[str]:
    """Links that lead nowhere, what would come from elsewhere, anchors that stand twice."""
    found = []
    pages = {n: Reader(c.decode()) for n, c in files.items() if n.endswith(".html")}
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                continue
            target = unquote(parts.path) or name
            if target not in files:
                found.append(f"{name}: {link} leads nowhere")
            elif parts.fragment and unquote(parts.fragment) not in pages[target].anchors:
                found.append(f"{name}: {link} names no place there")
        for place in page.loads:
            if place != "data:," and place not in files:
                found.append(f"{name} loads {place}")
        twice = {a for a in page.anchors if page.anchors.count(a) > 1}
        found += [f"{name}: the anchor {anchor} stands twice" for anchor in sorted(twice)]
        if page.headings.count("h1") != 1:
            found.append(f"{name}: not one heading of the first level")
        found += [f"{name}: a picture without words" for alt in page.alts if not alt]
    for name, content in files.items():
        if name.endswith((".css", "search.js", "fold.js")):
            for wrong in FROM_ELSEWHERE.findall(content.decode()):
                found.append(f"{name} may load something: {wrong}")
    return found


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return site.build(ROOT)


@pytest.fixture(scope="module")
def folder(files, tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("site")
    site.write(made, files)
    return made


def test_every_link_leads_somewhere_and_nothing_comes_from_elsewhere(files):
    assert faults(files) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('href="glossary.html"', 'href="glosary.html"', "leads nowhere"),
        ('id="Logits"', 'id="Lojits"', "names no place there"),
        ('src="pictures/', 'src="https://example.org/', "loads https"),
        ('<link rel="stylesheet" href="', '<link rel="stylesheet" href="//cdn/', "loads //cdn"),
        ('id="By-hand"', 'id="Logits"', "stands twice"),
        ('alt="The cycle', 'title="The cycle', "a picture without words"),
    ],
)
def test_a_fault_is_seen(files, old, new, complaint):
    name = "02_forward_pass_as_attempt.html"
    text = files[name].decode()
    assert old in text
    bad = {**files, name: text.replace(old, new, 1).encode()}
    assert any(complaint in fault for fault in faults(bad))


def test_all_is_there(files):
    pages = {name for name in files if name.endswith(".html")}
    guide = list((ROOT / "teaching").rglob("*.md"))
    assert len(pages) == 7 + len(guide) + 3
    assert sum(map(len, files.values())) < MOST_BYTES
    glossary = files["glossary.html"].decode()
    assert glossary.count("<h2") == len(TERMS)
    # Each picture of a saved chapter is on its page, with the same words.
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        saved = nbformat.read(path, as_version=4)
        outputs = [o.data.get("text/html", "") for c in saved.cells if c.cell_type == "code"
                   for o in c.outputs if "data" in o]  # fmt: skip
        there = Reader(files[f"{path.stem}.html"].decode())
        assert there.links.count("index.html#open") > 8  # places of controls, and the foot
        assert there.alts == Reader("".join(outputs)).alts and there.alts


def test_no_example_answers_beside_its_question(files):
    """An example learner's words stand in sight only where no question is asked of a reader."""
    results = ("and a recorded run", "48 answers with a confidence", "Next: look again")

    def answers(words):
        shown = [words[m.start() : m.start() + 70] for m in re.finditer(EXAMPLE, words)]
        return [s for s in shown if not any(r in s for r in results)]

    for name, content in files.items():
        if name.endswith(".html"):
            assert answers(" ".join(Reader(content.decode()).seen.split())) == [], name
            assert "Not started yet" not in content.decode(), name
    assert answers(files["search_index.js"].decode()) == [], "search would tell them"


def test_predictions_and_exercises_are_labelled_and_what_follows_is_folded(tmp_path):
    cells = [
        nbformat.v4.new_code_cell(
            "from course_utils.widgets import ChoiceCard, QuestionSheet, check\n"
            "card = ChoiceCard('k')\ncard",
            id="card",
            outputs=[html("<p><b>Which?</b></p><p>An example learner's, in place of yours: B</p>")],
        ),
        nbformat.v4.new_code_cell(
            "QuestionSheet('cover', card=card)", id="after", outputs=[html("<p>It was B.</p>")]
        ),
        nbformat.v4.new_code_cell(
            "check(f)",
            id="exercise",
            outputs=[html('<div role="status">Not started</div><details><summary>A solution'
                          "</summary>return 1</details>")],
        ),
    ]  # fmt: skip
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# T", id="t"), *cells]
    )
    label(notebook)
    assert [cell.metadata.get("place") for cell in notebook.cells] == [
        None, "prediction", "control after", "exercise",
    ]  # fmt: skip
    for solutions in (True, False):
        maker = Pages(tmp_path, {"index": "index.html"}, solutions)
        body = maker.finish(maker.convert(notebook), "notebooks/t.ipynb").html
        seen = Reader(body).seen
        assert "Which?" in seen and "yours: B" not in seen and "It was B" not in seen
        assert "It was B" in body and "Not started" not in body
        assert ("return 1" in body) == solutions
        assert body.count('<a href="index.html#open">Open the course</a>') == 3


def test_what_jupyterlab_folds_below_a_heading_is_folded(tmp_path):
    v4 = nbformat.v4
    collapsed = {"jp-MarkdownHeadingCollapsed": True}
    cells = [
        v4.new_markdown_cell("# T"),
        v4.new_markdown_cell(
            "## Inside (deeper, 3 minutes)\n\n### A\n\nStands.", metadata=collapsed
        ),
        v4.new_markdown_cell("one"),
        v4.new_markdown_cell("### B (deeper, 1 minute)", metadata=collapsed),
        v4.new_code_cell("two"),
        v4.new_markdown_cell("### C\n\nthree"),
        v4.new_markdown_cell("## D\n\nStands, too."),
        v4.new_markdown_cell("### Empty", metadata=collapsed),
        v4.new_markdown_cell("### E\n\nand this."),
    ]
    maker = Pages(tmp_path, {})
    body = maker.finish(maker.convert(v4.new_notebook(cells=cells)), "t.ipynb")
    seen = Reader(body.html).seen
    for word in ("Inside", "A", "Stands.", "D", "Stands, too.", "Empty", "E", "and this."):
        before, found, seen = seen.partition(word)
        assert found and not re.search("one|two|three|B|C", before), word
    parts = [words for words in re.findall(r"<summary>(.*?)</summary>|(one|two|three)", body.html)]
    assert [a or b for a, b in parts] == [
        "Read on in “Inside”", "one", "Read on in “B”", "two", "three",
    ]  # fmt: skip
    assert body.html.count("</details>") == 2 and "</details>" in body.html.split("three")[0]
    words = {section.title: section.words for section in body.sections}
    assert words["A"] == ["Stands.", "one"] and words["C"] == ["three"]


def test_all_deeper_parts_of_the_chapters_are_folded(files):
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        there = files[f"{path.stem}.html"].decode()
        named = re.findall(r"^## (.*) \(deeper, ", "\n".join(
            c.source for c in nbformat.read(path, as_version=4).cells
        ), re.M)  # fmt: skip
        assert len(named) == (0 if path.stem == "00_start_here" else 2)
        for name in named:
            assert f'<details class="deeper"><summary>Read on in “{name}”</summary>' in there


def html(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("execute_result", {"text/html": text}, execution_count=1)


def test_a_link_to_what_has_no_page_names_the_file(tmp_path):
    maker = Pages(
        tmp_path, {"teaching/a.md": "teaching_a.html", "teaching/README.md": "teaching.html"}
    )
    text = "# T\n[a](a.md#B) [up](../teaching/) [code](../hub/x.yaml) [out](https://example.org)"
    made = maker.finish(maker.convert(words_alone(text)), "teaching/README.md").html
    assert 'href="teaching_a.html#B"' in made and 'href="teaching.html"' in made
    assert "code (hub/x.yaml in the course's folder)" in made and made.count("href") == 3


def test_equations_become_mathml(tmp_path):
    made = mathml(r"y = \text{softmax}\!\left(\frac{q_i\,k^\top}{\sqrt{d}}\right)", block=True)
    assert made.startswith('<math display="block"')
    assert "<mfrac><mrow><msub><mi>q</mi><mi>i</mi></msub>" in made
    assert "<msup><mi>k</mi><mo>⊤</mo></msup>" in made and "<msqrt><mrow><mi>d</mi>" in made
    assert "<mtext>softmax</mtext>" in made
    for wrong in (r"\frobnicate", r"{a", r"\frac{a}", "a^"):
        with pytest.raises(ValueError, match=r"equation"):
            mathml(wrong)
    maker = Pages(tmp_path, {})
    page = maker.finish(maker.convert(words_alone("# T\n$a < b$ and `$c$`")), "t.md").html
    assert "<mo>&lt;</mo>" in page and "<code>$c$</code>" in page


def test_the_words_that_mark_an_example_are_the_widgets_own():
    assert EXAMPLE == panel.EXAMPLE
    assert panel.FOLDED == SHOWN


def test_for_a_class_there_is_no_guide_and_no_solution():
    names = site.sources(ROOT, for_class=True)
    assert len(names) == 7 and not any("teaching" in name for name in names)
    # One chapter stands for all; the whole site is built once above.
    body = Pages(ROOT, names, solutions=False).of("notebooks/01_batch_as_test.ipynb").html
    assert "<summary>A solution" not in body and "<summary>Hint 1" in body


def test_the_folder_is_only_used_if_it_is_ours(tmp_path, files):
    files = {name: files[name] for name in ("index.html", "search.js", "style.css")}
    used = tmp_path / "mine"
    used.mkdir()
    (used / "essay.html").write_text("<h1>Mine</h1>", encoding="utf-8")
    with pytest.raises(CommandError, match="choose an empty folder"):
        site.main([str(used)])
    assert [path.name for path in used.iterdir()] == ["essay.html"]
    made = tmp_path / "site"
    site.write(made, files)
    for name in ("old.html", "pictures/old.png"):
        (made / name).write_bytes(files["index.html"])
    (made / "mine.html").write_text("<h1>Mine</h1>", encoding="utf-8")
    site.check_folder(made)
    site.write(made, files)
    assert not (made / "old.html").exists() and not (made / "pictures/old.png").exists()
    assert (made / "mine.html").exists()
    assert {p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file()} == {
        *files,
        "mine.html",
    }


def test_without_the_chapters_one_sentence_says_so(tmp_path):
    with pytest.raises(CommandError, match="whole folder"):
        site.build(tmp_path)


def test_a_wrong_command_gets_one_sentence(capsys):
    assert teaching(["site"]) == 2
    assert "out" in capsys.readouterr().err.lower()
    assert teaching([]) == 2
    assert "course_utils.teaching site --help" in capsys.readouterr().err


# In a browser, opened as files ----------------------------------------------------------------

# All rules but contrast on the whole page, or contrast alone, where asked without blocks of code.
# Without preload: it would fetch the style sheet, which no page opened as a file may do.
AXE = """async what => {
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  const options = {resultTypes: ['violations'], preload: false};
  const contrast = ['color-contrast'];
  if (what) options.runOnly = {type: 'rule', values: contrast};
  else options.rules = {'color-contrast': {enabled: false}};
  const where = what === 'words' ? {exclude: ['.highlight']} : document;
  const found = (await axe.run(where, options)).violations;
  return found.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 150)}`));
}"""
CODE = "02_forward_pass_as_attempt.html"  # where the contrast of code, alike everywhere, is seen


@pytest.mark.browser
def test_in_a_browser_without_a_server(folder, files, browser):
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    # A page that is left while it still loads pictures aborts those requests: that is no fault.
    page.on(
        "requestfailed",
        lambda request: (
            request.failure == "net::ERR_ABORTED" or said.append(f"failed: {request.url}")
        ),
    )
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).scheme))
    source = axe_source()
    found = []
    for name in sorted(n for n in files if n.endswith(".html")):
        page.emulate_media(color_scheme="light")
        page.goto((folder / name).as_uri())
        page.evaluate(source)
        contrast = "all" if name == CODE else "words"
        found += [f"{name}: {fault}" for fault in page.evaluate(AXE, "")]
        found += [f"{name}: {fault}" for fault in page.evaluate(AXE, contrast)]
        page.emulate_media(color_scheme="dark")
        found += [f"{name}, dark: {fault}" for fault in page.evaluate(AXE, contrast)]
        page.set_viewport_size({"width": 390, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        page.set_viewport_size({"width": 1000, "height": 800})
        if wide > 390:
            found.append(f"{name}: {wide} pixels wide on a phone")
    assert found == [] and said == []
    # Axe sees what is wrong.
    page.evaluate("document.querySelector('main').innerHTML += '<img src=\"x.png\">'")
    assert any(fault.startswith("image-alt") for fault in page.evaluate(AXE, ""))
    assert any(words.startswith("failed") and words.endswith("x.png") for words in said)
    said.clear()

    page.goto((folder / "index.html").as_uri())
    page.get_by_role("searchbox").fill("perplexity")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=perplexity")
    first = page.locator("#found li").first
    assert first.locator("a").get_attribute("href") == "glossary.html#perplexity"
    page.get_by_role("searchbox").fill("duel bold")
    assert "A duel" in page.locator("#found").inner_text()
    assert {word.lower() for word in page.locator("mark").all_text_contents()} == {
        "duel",
        "bold",
    }
    page.evaluate(source)
    assert page.evaluate(AXE, "") + page.evaluate(AXE, "all") == []
    page.locator("#found a", has_text="A duel").first.click()
    page.wait_for_url("**/03_loss_as_grading.html#A-duel")
    # Into a folded part: from another page, on the same page, and where a browser wouldn't open it.
    deeper = page.locator("details.deeper[open]")
    assert deeper.count() == 0
    page.goto((folder / "search.html").as_uri() + "?q=three+parts+by+hand")
    page.locator("#found a", has_text="The three parts by hand").first.click()
    page.wait_for_url("**/03_loss_as_grading.html#The-three-parts-by-hand")
    assert page.get_by_role("heading", name="The three parts by hand").is_visible()
    assert deeper.count() == 1
    page.locator("details.contents > summary").click()
    page.evaluate("document.querySelector('details.deeper[open]').open = false")
    page.locator(".contents a", has_text="Why a logarithm, and no simpler grade?").click()
    assert page.get_by_role("heading", name="Why a logarithm, and no simpler").is_visible()
    page.evaluate("document.querySelector('details.deeper[open]').open = false")
    page.evaluate("dispatchEvent(new HashChangeEvent('hashchange'))")
    assert page.get_by_role("heading", name="Why a logarithm, and no simpler").is_visible()
    page.goto((folder / "search.html").as_uri() + "?q=%3Cimg+src%3Dx+onerror%3D1%3E")
    assert "Nothing was found" in page.locator("#count").inner_text()
    assert page.locator("main img").count() == 0
    assert said == [] and asked <= {"file", "data"}
    page.close()


# The workflow files ---------------------------------------------------------------------------


def workflow(name: str) -> dict:
    text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
    read = yaml.safe_load(text)
    # YAML 1.1 reads the key `on` as true.
    return {"on": read.pop(True), **read}


def commands(job: dict) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])


def test_the_repositorys_check_runs_on_each_python():
    read = workflow("ci.yml")
    assert {"push", "pull_request"} <= set(read["on"])
    assert read["permissions"] == {"contents": "read"}
    jobs = read["jobs"]
    assert ".ci/run" in commands(jobs["complete"])
    pythons = jobs["pythons"]["strategy"]["matrix"]["python"]
    assert pythons == ["3.11", "3.12", "3.13", "3.14"]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'requires-python = ">=3.11,<3.15"' in project
    for mark in ("browser", "peers", "class_tools"):
        assert f"not {mark}" in commands(jobs["pythons"])


def test_the_site_is_published_by_the_command_that_is_tested():
    read = workflow("pages.yml")
    assert read["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    build, deploy = read["jobs"]["build"], read["jobs"]["deploy"]
    [out] = re.findall(r"course_utils\.teaching site (\S+)", commands(build))
    [laid_by_lite] = re.findall(r"course_utils\.teaching lite (\S+)", commands(build))
    lines = commands(build).splitlines()
    steps = ("start.py install", "teaching site", "start.py lite", "teaching lite")
    order = [next(i for i, line in enumerate(lines) if step in line) for step in steps]
    assert order == sorted(order) and laid_by_lite == out
    [laid] = [s["with"]["path"] for s in build["steps"] if "upload-pages" in s.get("uses", "")]
    assert laid == out
    assert deploy["needs"] == "build" and deploy["environment"]["name"] == "github-pages"
    assert any("deploy-pages" in step.get("uses", "") for step in deploy["steps"])
