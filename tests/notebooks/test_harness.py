"""The harness must be able to fail: each kind of wrong notebook is seen by both of its routes."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
from pathlib import Path

import normalise
import numpy as np
import pytest

from tests.notebooks.small import example, mutants, notebook

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def saved():
    return normalise.normalise(normalise.execute(example(), Path.cwd()))


@pytest.fixture(scope="module")
def wrong(saved):
    return mutants(saved)


def test_a_second_run_gives_no_difference(saved, tmp_path):
    path = tmp_path / "example.ipynb"
    normalise.write(saved, path)
    first = path.read_bytes()
    assert normalise.main([str(path)]) == 0
    assert path.read_bytes() == first


def test_nbval_and_the_pictures_pass_the_right_one_and_fail_each_wrong_one(saved, wrong, tmp_path):
    for name, mutant in {"right": saved, **wrong}.items():
        normalise.write(mutant, tmp_path / f"{name.replace(' ', '_')}.ipynb")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider", "-rA"]
        + ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "--color=no"]
        + [str(path) for path in sorted(tmp_path.glob("*.ipynb"))],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "scripts")])},
        capture_output=True,
        text=True,
    )
    failed = set(re.findall(r"^FAILED .*?(\w+)\.ipynb::", done.stdout, re.MULTILINE))
    assert failed == {name.replace(" ", "_") for name in wrong}, done.stdout + done.stderr
    assert "PASSED" in done.stdout
    assert "Cell pictures differ" in done.stdout
    assert "was never run" in done.stdout
    assert "ZeroDivisionError" in done.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a changed number", r"cell 2 .*text differs\n.*43\n.*42"),
        ("a changed bar", r"cell 5 .*picture 1: 21 of 9600 pixels differ"),
        ("a changed bar in HTML", r"cell 4 .*picture 1: 21 of 9600 pixels differ"),
        ("a removed output", r"cell 3 .*0 outputs and has now 1"),
        ("all outputs stripped", r"cell 1 .*execution_count was None"),
    ],
)
def test_check_names_the_cell_and_what_differs(saved, wrong, name, said):
    assert normalise.differences(saved, saved) == []
    assert re.search(said, "\n".join(normalise.differences(wrong[name], saved)))


def test_the_command_says_what_differs_in_its_exit_status(saved, wrong, tmp_path, capsys):
    normalise.write(saved, tmp_path / "right.ipynb")
    normalise.write(wrong["a changed number"], tmp_path / "wrong.ipynb")
    before = (tmp_path / "wrong.ipynb").read_bytes()
    assert normalise.main(["--check", str(tmp_path / "right.ipynb")]) == 0
    assert normalise.main(["--check", str(tmp_path / "wrong.ipynb")]) == 1
    assert "text differs" in capsys.readouterr().err
    assert (tmp_path / "wrong.ipynb").read_bytes() == before
    normalise.write(wrong["a raising cell"], tmp_path / "raises.ipynb")
    assert normalise.main(["--check", str(tmp_path / "raises.ipynb")]) == 1
    assert "raised ZeroDivisionError" in capsys.readouterr().err


def test_bytes_of_a_picture_may_differ_but_not_its_pixels(saved):
    import base64
    import io

    from PIL import Image

    other = copy.deepcopy(saved)
    data = other.cells[4].outputs[0].data
    buffer = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).save(
        buffer, "png", compress_level=0
    )
    data["image/png"] = base64.b64encode(buffer.getvalue()).decode()
    assert other != saved
    assert normalise.differences(saved, other) == []


def test_a_shade_is_no_difference_and_a_dot_is():
    white = np.full((20, 30, 4), 255, dtype=np.uint8)
    shaded, dotted = white.copy(), white.copy()
    shaded[3, 4, 0] -= normalise.SHADES
    dotted[3, 4, 0] -= normalise.SHADES + 1
    assert normalise.picture_difference(white, shaded) is None
    assert "1 of 600 pixels differ, between x 4 to 4" in normalise.picture_difference(white, dotted)
    assert "size" in normalise.picture_difference(white, white[1:])


def test_widget_views_states_and_random_ids_are_left_out():
    fresh = notebook(
        "import ipywidgets\nslider = ipywidgets.IntSlider(description='Words')",
        "from IPython.display import display\n"
        "data = slider._repr_mimebundle_()\n"
        "data['text/html'] = '<img alt=\"a slider\">'\n"
        "display(data, raw=True)",
    )
    run = normalise.normalise(normalise.execute(fresh, Path.cwd()))
    assert set(run.cells[1].outputs[0].data) == {"text/plain", "text/html"}
    assert normalise.faults(run) == []
    assert "widgets" not in run.metadata
    assert [cell.id for cell in run.cells] == [
        "import-ipywidgets",
        "from-ipython-display-import-display",
    ]
    assert [cell.execution_count for cell in run.cells] == [1, 2]


def test_a_widget_without_a_picture_an_error_and_noise_are_faults():
    fresh = notebook(
        "import ipywidgets, sys\nipywidgets.IntSlider()", "print('x', file=sys.stderr)", "object()"
    )
    sentences = "\n".join(
        normalise.faults(normalise.normalise(normalise.execute(fresh, Path.cwd())))
    )
    assert "brings no picture" in sentences
    assert "stderr" in sentences
    assert "address in memory" in sentences
    assert normalise.faults(notebook("1")) == ["cell 1 (1) was never run"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.ipynb"], "doesn't exist"),
        (["pyproject.toml"], "ends in .ipynb"),
        ([str(ROOT)], "ends in .ipynb"),
    ],
)
def test_a_wrong_path_gets_one_sentence(arguments, said, capsys):
    assert normalise.main(arguments) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_damaged_notebook_and_an_unknown_option_get_one_sentence(tmp_path, capsys):
    (tmp_path / "damaged.ipynb").write_text('{"cells": [')
    assert normalise.main([str(tmp_path / "damaged.ipynb")]) == 1
    assert "can't be read as a notebook" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        normalise.main(["--frob"])
    assert left.value.code == 2
    assert capsys.readouterr().err == (
        "normalise.py: unrecognized arguments: --frob; see --help.\n"
    )
