"""Published figures: every one has a source, and the picture puts them where they belong."""

from __future__ import annotations

import pytest

from course_utils.figures.real_models import OURS, plain, power_of_ten, scale_picture
from course_utils.learning import real_models_table, show_source
from course_utils.student.layers import Linear
from course_utils.training.published import PUBLISHED, published


@pytest.mark.parametrize("quantity", PUBLISHED)
def test_every_figure_is_dated_and_has_a_source(quantity):
    for figure in published(quantity):
        assert figure.value > 0 and figure.said
        assert any(f"({year})" in figure.source for year in range(2018, 2027))
    picture = scale_picture(quantity, ours=1.0)
    for figure in published(quantity):
        said = power_of_ten(figure.value) if "compute" in quantity else plain(figure.value)
        assert f"{figure.model} {said}" in picture.alt
    assert picture.alt.index(OURS) < picture.alt.index(published(quantity)[0].model)


def test_the_table_shows_what_is_asked_for_and_escapes_it():
    shown = real_models_table("parameters", "cost")._repr_mimebundle_()
    assert shown["text/html"].count("<tr>") == 1 + sum(
        len(PUBLISHED[q]) for q in ("parameters", "cost")
    )
    assert "175 billion" in shown["text/plain"] and "arXiv:2005.14165" in shown["text/html"]
    with pytest.raises(ValueError, match="choose parameters"):
        real_models_table("weight")
    with pytest.raises(ValueError, match="at least one"):
        real_models_table()
    with pytest.raises(ValueError, match="above 0"):
        scale_picture("steps", 0)


def test_numbers_are_said_plainly():
    assert [plain(x) for x in (0.44, 53, 1024, 116_000, 1.542e9, 14.8e12)] == [
        "0.44", "53", "1.02 thousand", "116 thousand", "1.54 billion", "14.8 trillion",
    ]  # fmt: skip
    assert [power_of_ten(x) for x in (3.8e25, 4.2e11, 1e-5)] == [
        "3.8 · 10²⁵", "4.2 · 10¹¹", "1 · 10⁻⁵",
    ]  # fmt: skip


def test_source_is_the_package_s_own_and_folds_the_rest():
    shown = show_source(Linear, "backward")
    assert "linear_backward" in str(shown) and "def forward" not in str(shown)
    page = shown._repr_mimebundle_()["text/html"]
    assert page.count("<details>") == 3 and "<style" not in page
    assert "class Linear" in str(show_source(Linear))
    with pytest.raises(ValueError, match="no method 'sideways'"):
        show_source(Linear, "sideways")
    with pytest.raises(ValueError, match="isn't written in Python"):
        show_source(len)
