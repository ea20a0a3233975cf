"""Every exercise of the bank: solution, blank, misconceptions, and other wrong answers."""

from __future__ import annotations

import ast
import copy
import math
import re
import types

import numpy as np
import pytest

from course_utils.learning.bank import BY_NAME, EXERCISES, PROJECT, find, number_of, of_chapter
from course_utils.learning.exercises import (
    KINDS,
    NOT_STARTED,
    NOT_YET,
    PASSED,
    _equal,
    cell,
    heading,
    judge,
)

each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


def defined(source: str, name: str):
    """The function that a cell's source makes."""
    names: dict = {"check": lambda function: None}
    exec(source, names)
    return names[name]


def test_there_are_enough_and_all_that_were_asked_for():
    assert len(EXERCISES) >= 22 and len(BY_NAME) == len(EXERCISES)
    assert {
        "make_questions", "mask_word", "count_questions", "softmax", "attention_weights",
        "cross_entropy", "rank", "perplexity", "coin_floor", "logits_gradient", "linear_backward",
        "slope", "sgd_step", "adamw_step", "shuffled_epoch", "training_loop", "mended_loop", "draw",
        "best_rate",
    } <= BY_NAME.keys()  # fmt: skip
    assert PROJECT.chapter == 6 and len(PROJECT.rubric) >= 5 and PROJECT.name not in BY_NAME


@pytest.mark.parametrize("chapter", range(1, 7))
def test_each_chapter_fades_from_given_to_free(chapter):
    exercises = of_chapter(chapter)
    assert 3 <= len(exercises) <= 5
    assert [exercise.core for exercise in exercises] == [True] + [False] * (len(exercises) - 1)
    kinds = [KINDS.index(exercise.kind) for exercise in exercises]
    assert kinds == sorted(kinds) and set(kinds) == {0, 1, 2}
    assert [number_of(exercise) for exercise in exercises] == list(range(1, len(exercises) + 1))


@each
def test_it_is_complete(exercise):
    assert exercise.difficulty in (1, 2, 3) and 1 <= exercise.minutes <= 15
    assert len(exercise.misconceptions) >= 3 and len(set(exercise.hints)) == 3
    names = [misconception.name for misconception in exercise.misconceptions]
    assert len(set(names)) == len(names)
    for misconception in exercise.misconceptions:
        assert misconception.reason.endswith((".", "?")) and len(misconception.reason) > 30
    assert exercise.solution.__name__ == exercise.name
    assert len(exercise.cases) >= 3 or exercise.facts
    assert f"def {exercise.name}(" in exercise.blank and exercise.blank.endswith("\n")
    assert ("..." in exercise.blank) == (
        exercise.kind == "partly" or "return ..." in exercise.blank
    )
    assert len([line for line in cell(exercise).splitlines() if line.strip()]) <= 15
    assert re.fullmatch(
        r"### Exercise \d\.\d: .+ \((core|deeper), [●○]{3}, \d+ minutes\)",
        heading(exercise, number_of(exercise)),
    )


@each
def test_the_smallest_case_comes_first(exercise):
    def size(value):
        if isinstance(value, (list, np.ndarray)):
            return sum(map(size, value)) if len(np.shape(value[0])) else len(value)
        return 0

    sizes = [sum(map(size, arguments)) for arguments in exercise.cases]
    assert sizes[0] == min(sizes)


@each
def test_the_solution_passes(exercise):
    judged = judge(exercise, exercise.solution)
    assert judged.outcome == PASSED and judged.said == "Passed."


@each
def test_the_blank_is_not_started(exercise):
    judged = judge(exercise, defined(cell(exercise), exercise.name))
    assert judged.outcome == NOT_STARTED and "Not started yet" in judged.said
    notebook: dict = {"check": lambda function: None}
    for node in ast.parse(cell(exercise)).body:  # a notebook runs a cell statement by statement
        exec(compile(ast.Module([node], []), "cell", "exec"), notebook)
    assert judge(exercise, notebook[exercise.name]).outcome == NOT_STARTED
    commented = exercise.blank.replace(":\n", ":\n    # a note\n", 1)
    assert judge(exercise, defined(commented, exercise.name)).outcome == NOT_STARTED


@pytest.mark.parametrize(
    ("exercise", "misconception"),
    [
        pytest.param(exercise, misconception, id=f"{exercise.name}: {misconception.name}")
        for exercise in EXERCISES
        for misconception in exercise.misconceptions
    ],
)
def test_each_misconception_is_answered_by_its_own_reason(exercise, misconception):
    judged = judge(exercise, misconception.wrong)
    assert judged.outcome == NOT_YET
    assert judged.misconception == misconception.name
    assert judged.said.endswith(misconception.reason)


# Other wrong answers --------------------------------------------------------------------------


def changed(value, number, text=lambda s: s + "s"):
    """The same structure with each number and each text changed."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, (list, tuple)):
        return type(value)(changed(part, number, text) for part in value)
    if isinstance(value, dict):
        return {key: changed(part, number, text) for key, part in value.items()}
    return number(np.asarray(value))


def turned(value):
    """Arrays transposed, lists and texts turned round, a number turned upside down."""
    if isinstance(value, (list, tuple, str)):
        return value[::-1]
    array = np.asarray(value)
    if array.ndim == 0:
        return 1 / array if array else array + 2
    return array.T if array.ndim > 1 and array.T.shape == array.shape else array[::-1]


def shorter(value):
    """One less at the end, or one less."""
    if isinstance(value, (list, tuple, str)) or np.ndim(value):
        return value[:-1]
    return value - 1


def wrong_answers(exercise):
    """About ten wrong functions, made from the solution without looking at misconceptions."""

    def by(change):
        def answer(*arguments):
            return change(exercise.solution(*arguments))

        return answer

    chance = np.random.default_rng(17)
    first = exercise.solution(*copy.deepcopy(exercise.cases[0]))
    return {
        "random": by(lambda v: changed(v, lambda a: a + chance.normal(size=a.shape) + 0.3)),
        "random of its size": by(lambda v: changed(v, lambda a: chance.normal(size=a.shape))),
        "constant": lambda *arguments: copy.deepcopy(first),
        "zero": by(lambda v: changed(v, lambda a: a * 0, lambda s: "")),
        "one": by(lambda v: changed(v, lambda a: a * 0 + 1)),
        "off by one": by(lambda v: changed(v, lambda a: a + 1)),
        "one too short": by(shorter),
        "turned": by(turned),
        "wrong sign": by(lambda v: changed(v, lambda a: -a, str.upper)),
        "wrong base": by(lambda v: changed(v, lambda a: a / math.log(2), str.title)),
        "a hair off": by(lambda v: changed(v, lambda a: a * 1.001 + 0.001)),
        "in another shape": by(lambda v: [v]),
        "as text": by(str),
        "its own argument": lambda *arguments: arguments[0],
    }


def is_wrong(exercise, answer):
    """Whether it differs from the solution in any case, as the exercise compares them."""
    for number, arguments in enumerate(exercise.cases):
        try:
            got = exercise.ask(answer, arguments)
        except Exception:
            return True
        if not _equal(exercise, got, exercise.right(number)):
            return True
    return False


@each
def test_other_wrong_answers_do_not_pass(exercise):
    tried = through = 0
    for name, answer in wrong_answers(exercise).items():
        if not is_wrong(exercise, answer):  # say, a hair off where only frequencies are compared
            continue
        tried += 1
        if judge(exercise, answer).outcome == PASSED:
            through += 1
            print(exercise.name, name)
    assert tried >= 5 and through == 0


def test_a_wrong_answer_that_only_fails_the_last_case_is_caught():
    for exercise in EXERCISES:
        right, last = exercise.right, len(exercise.cases)
        calls = iter(range(10**6))

        def late(*arguments, exercise=exercise, calls=calls, last=last):
            value = exercise.solution(*arguments)
            return value if next(calls) < last - 1 else [value]

        if exercise.facts is None:
            assert judge(exercise, late).outcome == NOT_YET, right


# Right answers in other clothes -----------------------------------------------------------------


def plain(value):
    """Arrays as lists, NumPy's numbers as Python's."""
    if isinstance(value, (list, tuple)):
        return type(value)(plain(part) for part in value)
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def swapped(value):
    """Lists as tuples and tuples as lists."""
    if isinstance(value, list):
        return tuple(swapped(part) for part in value)
    return [swapped(part) for part in value] if isinstance(value, tuple) else value


def single(value):
    """Every float in single precision."""
    if isinstance(value, (list, tuple)):
        return type(value)(single(part) for part in value)
    array = np.asarray(value) if not isinstance(value, str) else value
    is_float = isinstance(array, np.ndarray) and array.dtype.kind == "f"
    return np.float32(array) if is_float else value


@each
@pytest.mark.parametrize("how", [plain, swapped, single], ids=lambda how: how.__name__)
def test_a_right_answer_of_another_kind_passes(exercise, how):
    judged = judge(exercise, lambda *arguments: how(exercise.solution(*arguments)))
    assert judged.outcome == PASSED, judged.said


@each
def test_a_right_answer_that_prints_warns_and_spoils_its_arguments_passes(exercise, capsys):
    cases = copy.deepcopy(exercise.cases)

    def noisy(*arguments):
        print("look at me")
        np.log(np.zeros(1))
        value = copy.deepcopy(exercise.solution(*arguments))
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 0
            elif isinstance(argument, list):
                argument.clear()
        return value

    judged = judge(exercise, noisy)
    assert judged.outcome == PASSED, judged.said
    spoils = any(isinstance(argument, (np.ndarray, list)) for argument in exercise.cases[0])
    assert ("changes what it is given" in judged.said) == spoils
    assert capsys.readouterr().out == ""
    assert repr(cases).split(" at 0x")[0] == repr(exercise.cases).split(" at 0x")[0]


OTHER_WAYS = {
    "make_questions": "lambda words: [(words[:i], w) for i, w in enumerate(words) if i]",
    "mask_word": "lambda w, p: ([*w[:p], '<mask>', *w[p + 1:]], w[p])",
    "count_questions": "lambda rows: np.count_nonzero(rows[:, 1:])",
    "answer_key": "lambda rows: np.where(rows[:, 1:] == 0, -1, rows[:, 1:])",
    "softmax": "lambda x: np.exp(x - np.logaddexp.reduce(x, axis=-1, keepdims=True))",
    "attention_weights": "lambda q, k: [math.exp(s) / sum(math.exp(t) for t in one_score(q, k))"
    " for s in one_score(q, k)]",
    "causal_weights": "lambda q, k: [[(math.exp(pair_score(q, k, i, j)) if j <= i else 0)"
    " / sum(math.exp(pair_score(q, k, i, m)) for m in range(i + 1)) for j in range(len(k))]"
    " for i in range(len(q))]",
    "perplexity": "lambda losses: np.prod(np.exp(losses)) ** (1 / len(losses))",
    "rank": "lambda x, t: int((x >= x[t]).sum())",
    "cross_entropy": "lambda x, t: np.mean([np.logaddexp.reduce(r) - r[i] for r, i in zip(x, t)])",
    "coin_floor": "lambda p: sum(-q * np.log(q) for q in (p, 1 - p) if q)",
    "slope": "lambda f, x, h: (f(x + h) / 2 - f(x - h) / 2) / h",
    "logits_gradient": "lambda p, t: (p - np.eye(p.shape[1])[t]) / len(t)",
    "sgd_step": "lambda w, g, r: np.subtract(w, np.multiply(g, r))",
    "linear_backward": "lambda dy, x, w: [np.einsum('no,io->ni', dy, w),"
    " np.einsum('ni,no->io', x, dy), np.ones(len(dy)) @ dy]",
    "shuffled_epoch": "lambda n, b, rng: shuffled(rng, n, b)",
    "training_loop": "lambda w, bs, f, g, r: looped(w, bs, f, g, r)",
    "mended_loop": "lambda w, bs, g, r: mended(w, bs, g, r)",
    "best_rate": "lambda rates, losses: min((x, r) for r, x in zip(rates, losses)"
    " if math.isfinite(x))[1]",
    "hold_out": "lambda ids, s: np.split(ids, [len(ids) - round(s * len(ids))])",
    "count_parameters": "lambda V, T, C, n: (V + T + 2) * C + n * (12 * C + 13) * C",
    "masked_loss": "lambda x, t: np.average(x, weights=t >= 0)",
    "draw": "lambda x, t, k, rng: gumbel(x, t, k, rng)",
    "write": "lambda f, ids, n, b: written(f, list(ids), n, b)",
    "adamw_step": "lambda w, g, m, v, s, r, d: adam(w, g, m, v, s, r, d)",
}


def one_score(q, k):
    return [sum(a * b for a, b in zip(q, row, strict=True)) / math.sqrt(len(q)) for row in k]


def pair_score(q, k, i, j):
    return float(q[i] @ k[j]) / q.shape[1] ** 0.5


def shuffled(rng, n, b):
    order = list(range(n))
    rng.shuffle(order)
    while order:
        yield order[:b]
        order = order[b:]


def looped(w, batches, loss, gradient, rate):
    losses = []
    w = w.copy()
    for batch in batches:
        losses += [loss(w, batch)]
        w -= rate * gradient(w, batch)
    return w, np.array(losses)


def mended(w, batches, gradient, rate):
    for batch in batches:
        w = w - rate * np.mean([gradient(w, question) for question in batch], axis=0)
    return w


def gumbel(logits, temperature, top_k, rng):
    """The Gumbel trick: another right way to draw."""
    scaled = logits / temperature
    hidden = np.where(scaled >= np.sort(scaled)[-top_k], scaled, -np.inf)
    return np.argmax(hidden + rng.gumbel(size=len(logits)))


def written(logits_after, text, count, block):
    new = []
    while len(new) < count:
        logits = logits_after((text + new)[-block:])
        new.append(max(range(len(logits)), key=lambda i: logits[i]))
    return np.array(new)


def adam(w, g, m, v, step, rate, decay):
    m = m + 0.1 * (g - m)
    v = v + 0.05 * (g * g - v)
    scale = math.sqrt(1 - 0.95**step) / (1 - 0.9**step)
    update = scale * m / (np.sqrt(v) + 1e-8 * math.sqrt(1 - 0.95**step))
    return w * (1 - rate * decay) - rate * update, m, v


@each
def test_another_right_way_passes(exercise):
    answer = eval(OTHER_WAYS[exercise.name], {**globals()})
    assert isinstance(answer, types.FunctionType)
    judged = judge(exercise, answer)
    assert judged.outcome == PASSED, judged.said


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("sofmax", "did you mean softmax"),
        ("zzz", "keep the name"),
        (lambda x: x, "has no name"),
        (3, "something of type int"),
        (None, "this is nothing"),
        ("<b>", "'<b>'"),
    ],
)
def test_a_wrong_name_gets_one_sentence(what, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        find(what)
