"""The student and transformers' GPT2LMHeadModel: the same folders, the same logits, both ways."""

import numpy as np
import pytest

from course_utils.student import GPT, PretrainedError
from tests.student.conftest import GOLDEN, Peer, seasoned

pytestmark = pytest.mark.peers
CLOSE = 1e-5


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype == np.float32
    assert theirs.std() > 0.5, "logits this small would be close by themselves"
    return float(np.abs(ours - theirs).max())


@pytest.mark.parametrize("kind", ["causal", "masked"])
def test_transformers_reads_our_folder(peer: Peer, kind):
    ours = seasoned(kind == "causal").forward(peer.ids)
    assert difference(ours, peer.answers[f"ours_{kind}"]) < CLOSE


def test_transformers_reads_our_names_without_the_prefix(peer: Peer):
    assert np.array_equal(peer.answers["ours_without_prefix"], peer.answers["ours_causal"])


def test_a_masked_folder_that_doesnt_say_so_is_seen(peer: Peer):
    ours = seasoned(False).forward(peer.ids)
    assert difference(ours, peer.answers["ours_unsaid"]) > 0.1


@pytest.mark.parametrize("kind", ["causal", "masked"])
def test_a_weight_off_by_a_tenth_of_a_percent_is_seen(peer: Peer, kind):
    model = seasoned(kind == "causal")
    model.named_parameters()["h.1.mlp.c_fc.weight"].data[...] *= 1.001
    assert difference(model.forward(peer.ids), peer.answers[f"ours_{kind}"]) > 10 * CLOSE


@pytest.mark.parametrize("kind", ["causal", "masked"])
def test_we_read_the_folder_of_transformers(peer: Peer, kind):
    model = GPT.from_pretrained(peer.folder / f"theirs_{kind}")
    assert model.config.causal == (kind == "causal")
    assert difference(model.forward(peer.ids), peer.answers[f"theirs_{kind}"]) < CLOSE


def test_we_read_the_folder_of_a_bare_model(peer: Peer):
    model = GPT.from_pretrained(peer.folder / "theirs_without_prefix")
    assert difference(model.forward(peer.ids), peer.answers["theirs_causal"]) < CLOSE


@pytest.mark.parametrize(
    ("kind", "said"), [("bf16", "BF16"), ("sharded", "sharded"), ("pickle", "pickle")]
)
def test_what_transformers_writes_and_we_cant_read_gets_a_sentence(peer: Peer, kind, said):
    with pytest.raises(PretrainedError, match=said) as caught:
        GPT.from_pretrained(peer.folder / f"theirs_{kind}")
    assert "\n" not in str(caught.value)


def test_the_golden_folder_still_means_the_same(peer: Peer):
    with np.load(GOLDEN / "expected.npz") as expected:
        assert difference(peer.answers["golden"], expected["causal"]) < CLOSE
