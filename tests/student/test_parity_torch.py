"""Loss, gradients and fifty steps of AdamW: as PyTorch computes them on the same weights."""

import numpy as np
import pytest

from course_utils.student import GPT, AdamW, clip_gradients, warmup_cosine
from tests.student.conftest import SETTINGS, Peer, seasoned

pytestmark = pytest.mark.peers


@pytest.mark.parametrize("kind", ["causal", "masked"])
@pytest.mark.parametrize(("dtype", "close"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_loss_and_every_gradient(peer: Peer, kind, dtype, close):
    model = seasoned(kind == "causal", dtype)
    model.flat_data[...] = seasoned(kind == "causal").flat_data  # what the folder holds
    loss = model.loss(peer.ids, peer.targets)
    model.backward()
    assert loss == pytest.approx(float(peer.answers[f"loss_{kind}"]), rel=close)
    for name, parameter in model.named_parameters().items():
        theirs = peer.answers[f"gradient_{kind}:{name}"]
        off = np.linalg.norm(parameter.grad - theirs) / np.linalg.norm(theirs)
        assert off < close, f"{name}: {off}"


def test_transformers_own_loss_is_ours_with_the_targets_one_on(peer: Peer):
    model = seasoned(True)
    targets = np.full_like(peer.ids, -1)
    targets[:, :-1] = peer.ids[:, 1:]
    theirs = float(peer.answers["loss_shifted"])
    assert model.loss(peer.ids, targets) == pytest.approx(theirs, rel=1e-5)


def curve(peer: Peer, dtype: type, **changes: float) -> np.ndarray:
    """The losses of fifty steps here, with some of the settings changed."""
    s = {**SETTINGS, **changes}
    model = GPT.from_pretrained(peer.folder / "ours_fresh", dtype)
    optimizer = AdamW(model, s["peak"], (s["beta1"], s["beta2"]), s["eps"], s["weight_decay"])
    losses = []
    for step, batch in enumerate(peer.batches):
        model.zero_grad()
        losses.append(model.loss(batch[:, :-1], batch[:, 1:]))
        model.backward()
        clip_gradients(model, s["max_norm"])
        optimizer.learning_rate = warmup_cosine(step, s["total"], s["peak"], int(s["warmup"]))
        optimizer.step()
    return np.array(losses)


CLOSE = {np.float64: 1e-7, np.float32: 1e-5}


@pytest.mark.parametrize("dtype", CLOSE)
def test_fifty_steps_give_the_same_losses(peer: Peer, dtype):
    theirs = peer.answers[f"curve_{dtype.__name__}"]
    assert len(theirs) == 50 and theirs[-1] < theirs[0] - 1, "nothing was learned"
    norms = peer.answers["norms"]
    assert (norms > SETTINGS["max_norm"]).any() and (norms < SETTINGS["max_norm"]).any()
    np.testing.assert_allclose(curve(peer, dtype), theirs, rtol=0, atol=CLOSE[dtype])


def test_the_learning_rates_are_those_of_pytorchs_schedulers(peer: Peer):
    s = SETTINGS
    ours = [warmup_cosine(step, s["total"], s["peak"], s["warmup"]) for step in range(s["total"])]
    np.testing.assert_allclose(ours, peer.answers["rates"][: s["total"]], rtol=1e-12)


@pytest.mark.parametrize("name", ["peak", "beta1", "beta2", "weight_decay", "max_norm"])
def test_a_setting_off_by_a_tenth_of_a_percent_is_seen(peer: Peer, name):
    changed = curve(peer, np.float64, **{name: SETTINGS[name] * 1.001})
    off = np.abs(changed - peer.answers["curve_float64"]).max()
    assert off > 2 * CLOSE[np.float64], f"{name} off by 0.1 % moves the loss by {off} only"
