"""Writing: the same words with and without kept keys, and the settings that shape them."""

import numpy as np
import pytest

from course_utils.student import GPT, GPTConfig, KeyValueCache, choose, generate, softmax, stream


def student(block=8, dtype=np.float32, causal=True):
    rng = np.random.default_rng(5)
    model = GPT(GPTConfig(13, block, 2, 2, 16, causal), rng, dtype)
    model.flat_data[...] += (0.3 * rng.standard_normal(model.count)).astype(dtype)
    return model


@pytest.mark.parametrize("count", [3, 7, 8, 9, 40])
def test_keeping_keys_changes_no_word(count):
    model = student()
    for settings in ({"greedy": True}, {"temperature": 0.8}, {"top_k": 3}, {"top_p": 0.7}):
        fast = generate(model, [1, 2], count, np.random.default_rng(3), **settings)
        slow = generate(model, [1, 2], count, np.random.default_rng(3), reuse=False, **settings)
        assert fast == slow and len(fast) == count


def test_kept_keys_give_the_logits_of_the_whole_window():
    model, cache = student(block=16), None
    ids = np.random.default_rng(0).integers(0, 13, 16).tolist()
    cache = KeyValueCache(model)
    cache.read(ids[:1])
    for t in range(1, 16):
        kept = cache.extend(ids[t])
        whole = model.forward(np.array([ids[: t + 1]]))[0, -1]
        assert np.abs(kept - whole).max() < 1e-5
        assert kept.dtype == np.float32


def test_past_the_block_only_the_last_half_is_read():
    model, windows = student(block=8), []
    original = model.forward
    model.forward = lambda ids: windows.append(ids[0].tolist()) or original(ids)
    written = [1, *generate(model, [1], 20, np.random.default_rng(0))]
    assert [len(w) for w in windows] == [1, 4, 4, 4]
    assert windows[1] == written[5:9] and windows[2] == written[10:14]


def test_the_same_seed_writes_the_same():
    model = student()
    a, b, c = (generate(model, [1], 20, np.random.default_rng(s)) for s in (1, 1, 2))
    assert a == b != c


def test_stop_ends_the_writing_without_being_written():
    model = student()
    free = generate(model, [1], 30, np.random.default_rng(1))
    stop = free[10]
    stopped = generate(model, [1], 30, np.random.default_rng(1), stop_id=stop)
    assert stopped == free[: free.index(stop)]


def test_words_are_drawn_as_often_as_their_probability_says():
    logits, rng = np.array([0.0, 1.0, 2.0, -1.0]), np.random.default_rng(0)
    for temperature in (0.5, 1.0, 2.0):
        drawn = [choose(logits, rng, temperature) for _ in range(4000)]
        share = np.bincount(drawn, minlength=4) / 4000
        assert np.abs(share - softmax(logits / temperature)).max() < 0.03
    share = np.bincount([choose(logits, rng) for _ in range(4000)], minlength=4) / 4000
    assert np.abs(share - softmax(logits / 2)).max() > 0.03, "another temperature is caught"


def test_top_k_and_top_p_leave_the_others_out():
    logits, rng = np.log([0.5, 0.3, 0.15, 0.05]), np.random.default_rng(0)
    assert {choose(logits, rng, top_k=2) for _ in range(200)} == {0, 1}
    assert {choose(logits, rng, top_p=0.79) for _ in range(200)} == {0, 1}
    assert {choose(logits, rng, top_p=0.81) for _ in range(200)} == {0, 1, 2}
    assert {choose(logits, rng, top_p=0.01) for _ in range(50)} == {0}
    assert {choose(logits, rng, top_k=99, top_p=1.0) for _ in range(500)} == {0, 1, 2, 3}
    assert choose(logits, None, greedy=True) == 0


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"temperature": 0}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"top_k": 0}, "top_k"),
        ({"top_p": 0.0}, "top_p"),
        ({"top_p": 1.1}, "top_p"),
        ({"count": -1}, "count"),
        ({"ids": []}, "beginning"),
        ({"ids": [13]}, "outside the vocabulary"),
    ],
)
def test_wrong_settings_get_a_sentence(settings, sentence):
    call = {"ids": [1], "count": 3, **settings}
    with pytest.raises(ValueError, match=sentence):
        generate(student(), rng=np.random.default_rng(0), **call)


def test_only_a_causal_student_with_finite_logits_writes():
    with pytest.raises(ValueError, match="causal"):
        generate(student(causal=False), [1], 1, np.random.default_rng(0))
    model = student()
    model.flat_data[:] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        generate(model, [1], 1, np.random.default_rng(0))


def test_a_stream_is_written_one_word_at_a_time():
    words = stream(student(), [1], 5, np.random.default_rng(1))
    assert [next(words) for _ in range(5)] == generate(student(), [1], 5, np.random.default_rng(1))
