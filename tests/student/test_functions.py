"""The fast functions equal the plain ones, and every backward equals what nudging measures."""

import numpy as np
import pytest

from course_utils.student.functions import Fast, Plain, log_softmax, softmax
from course_utils.student.gradient_check import relative_error, slopes

B, T, H, D, V = 2, 5, 2, 3, 11
N, C = B * T, H * D


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture(params=[Plain, Fast])
def f(request):
    functions = request.param()
    if request.param is Fast:
        functions.PIECE = 16  # several pieces even for the small arrays here
    return functions


def weighted(y, weights):
    return float((y * weights).sum())


def test_softmax_sums_to_one_and_ignores_a_constant(rng):
    logits = rng.standard_normal((4, V)) * 5
    p = softmax(logits)
    assert np.allclose(p.sum(-1), 1, atol=1e-12)
    assert np.allclose(p, softmax(logits + 1000), atol=1e-12)
    assert np.allclose(np.log(p), log_softmax(logits), atol=1e-12)


def test_softmax_survives_huge_logits():
    assert softmax(np.array([1e4, 0.0])).tolist() == [1.0, 0.0]
    assert log_softmax(np.array([1e4, 0.0])).tolist() == [0.0, -1e4]


def linear(f, rng):
    x, w, b = (rng.standard_normal(s) for s in ((N, C), (C, 4), (4,)))
    dw, db = np.zeros_like(w), np.zeros_like(b)

    def forward():
        return f.linear(x, w, b)

    def backward(dy):
        return [f.linear_backward(dy, x, w, dw, db), dw, db]

    return forward, backward, [x, w, b]


def layer_norm(f, rng):
    x, g, b = (rng.standard_normal(s) for s in ((N, C), (C,), (C,)))
    dg, db = np.zeros_like(g), np.zeros_like(b)

    def forward():
        return f.layer_norm(x, g, b)[0]

    def backward(dy):
        _, normed, scale = f.layer_norm(x, g, b)
        return [f.layer_norm_backward(dy, normed, scale, g, dg, db), dg, db]

    return forward, backward, [x, g, b]


def gelu(f, rng):
    x = rng.standard_normal((N, C)) * 2

    def forward():
        return f.gelu(x.copy())[0]

    def backward(dy):
        return [f.gelu_backward(dy, f.gelu(x.copy())[1])]

    return forward, backward, [x]


def attention(causal):
    def make(f, rng):
        qkv = rng.standard_normal((N, 3 * C))

        def forward():
            return f.attend(*f.split_heads(qkv, B, H), causal)[0]

        def backward(dy):
            q, k, v = f.split_heads(qkv, B, H)
            y, weights = f.attend(q, k, v, causal)
            return [f.attend_backward(dy, y, q, k, v, weights)]

        return forward, backward, [qkv]

    return make


def embedding(words):
    def make(f, rng):
        tokens, positions = rng.standard_normal((words, C)), rng.standard_normal((T + 1, C))
        ids = rng.integers(0, words, (B, T))
        ids[0, 0] = ids[1, 2]
        dtokens, dpositions = np.zeros_like(tokens), np.zeros_like(positions)

        def forward():
            return f.embed(ids, tokens, positions)

        def backward(dy):
            f.embed_backward(dy, ids, dtokens, dpositions)
            return [dtokens, dpositions]

        return forward, backward, [tokens, positions]

    return make


def output(f, rng):
    x, tokens = rng.standard_normal((N, C)), rng.standard_normal((V, C))
    dtokens = np.zeros_like(tokens)

    def forward():
        return f.logits(x, tokens)

    def backward(dy):
        return [f.logits_backward(dy, x, tokens, dtokens), dtokens]

    return forward, backward, [x, tokens]


CASES = {
    "linear": linear,
    "layer_norm": layer_norm,
    "gelu": gelu,
    "attention, causal": attention(True),
    "attention, both sides": attention(False),
    "embedding, few words": embedding(V),
    "embedding, many words": embedding(300),
    "output": output,
}


@pytest.mark.parametrize("case", CASES)
def test_each_backward_is_the_slope_that_nudging_measures(f, rng, case):
    forward, backward, arguments = CASES[case](f, rng)
    dy = rng.standard_normal(forward().shape)
    f.rewind()
    written = [np.array(g) for g in backward(dy.copy())]

    def total():
        f.rewind()
        return weighted(forward(), dy)

    for gradient, argument in zip(written, arguments, strict=True):
        measured = slopes(total, argument)
        assert relative_error(gradient, measured) < 1e-6
        assert relative_error(1.001 * gradient, measured) > 1e-4, "0.1 % off must be caught"


def test_cross_entropy_and_its_slope(f, rng):
    logits, targets = rng.standard_normal((N, V)) * 3, rng.integers(0, V, N)
    loss, dlogits = f.cross_entropy(logits.copy(), targets)
    assert loss == pytest.approx(-log_softmax(logits)[np.arange(N), targets].mean(), abs=1e-12)
    written = np.array(dlogits)
    measured = slopes(lambda: f.cross_entropy(logits.copy(), targets)[0], logits)
    assert relative_error(written, measured) < 1e-6
    assert relative_error(1.001 * written, measured) > 1e-4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES)
def test_fast_equals_plain(case, dtype):
    results = []
    for functions in (Plain(), Fast()):
        functions.PIECE = 16
        rng = np.random.default_rng(3)
        forward, backward, _ = CASES[case](functions, _Typed(rng, dtype))
        y = np.array(forward())
        dy = rng.standard_normal(y.shape).astype(dtype)
        functions.rewind()
        results.append([y, *(np.array(g) for g in backward(dy))])
    tolerance = 1e-12 if dtype is np.float64 else 1e-4
    for plain, fast in zip(*results, strict=True):
        assert fast.dtype == dtype
        assert np.allclose(plain, fast, rtol=tolerance, atol=tolerance / 10)


class _Typed:
    """A generator whose normal numbers have the wanted precision."""

    def __init__(self, rng, dtype):
        self.rng, self.dtype = rng, dtype

    def standard_normal(self, shape):
        return self.rng.standard_normal(shape).astype(self.dtype)

    def integers(self, *args):
        return self.rng.integers(*args)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gelu_far_from_zero(dtype):
    x = np.array([-1e4, -300, -12, -10, -6, -1e-3, 0, 1e-3, 6, 10, 12, 300, 1e4], dtype)
    y, slope = Fast().gelu(x.copy())
    expected, expected_slope = Plain().gelu(x.astype(np.float64))
    assert np.allclose(y, expected, rtol=1e-6, atol=1e-6)
    assert np.allclose(slope, expected_slope, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("size", [1, 30, 500])
def test_attention_survives_huge_scores(size):
    qkv = np.random.default_rng(0).standard_normal((N, 3 * C)).astype(np.float32) * size
    results = []
    for functions in (Plain(), Fast()):
        y, weights = functions.attend(*functions.split_heads(qkv, B, H), True)
        results.append((np.array(y), np.array(weights)))
    assert np.isfinite(results[1][0]).all()
    assert np.allclose(results[0][1], results[1][1], atol=2e-3)


def test_huge_scores_ahead_leave_earlier_rows_bit_identical():
    functions = Fast()
    qkv = np.random.default_rng(0).standard_normal((N, 3 * C)).astype(np.float32)
    before = np.array(functions.attend(*functions.split_heads(qkv, B, H), True)[0])
    qkv[T - 1] *= 1000  # the first row's last token
    functions.rewind()
    after = np.array(functions.attend(*functions.split_heads(qkv, B, H), True)[0])
    assert np.array_equal(before[: T - 1], after[: T - 1])
    assert not np.array_equal(before[T - 1], after[T - 1])


def test_cross_entropy_survives_huge_logits():
    logits = np.array([[1000.0, 0.0], [0.0, -1000.0], [1.0, 2.0]])
    targets = np.array([1, 0, 1])
    for functions in (Plain(), Fast()):
        loss, dlogits = functions.cross_entropy(logits.copy(), targets)
        assert loss == pytest.approx((1000 + 0 + np.log1p(np.exp(-1.0))) / 3, rel=1e-12)
        assert np.isfinite(dlogits).all()
