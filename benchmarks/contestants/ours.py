"""The course's own student, alone or with its batch split over processes."""

from __future__ import annotations

import time
from functools import partial

import numpy as np

from course_utils.student import GPT, AdamW, GPTConfig, clip_gradients


class Contestant:
    def __init__(self, job: dict, weights: dict[str, np.ndarray], batches: np.ndarray) -> None:
        self.job, self.weights = job, weights
        self.inputs = [np.ascontiguousarray(batch[:, :-1]) for batch in batches]
        self.targets = [np.ascontiguousarray(batch[:, 1:]) for batch in batches]
        self.model = GPT(GPTConfig(**job["config"]), np.random.default_rng(0))
        self.loss_and_backward, self.adamw = self._alone, partial(AdamW, self.model)
        self.helpers: list[int] = []
        if job["threads"] > 1:
            from course_utils.training.parallel import ParallelAdamW, ParallelGradients

            together = ParallelGradients(self.model, workers=job["threads"])
            self.loss_and_backward = together.loss_and_backward
            self.adamw = partial(ParallelAdamW, together)
            self.helpers = together.processes
        self.reset()

    def versions(self) -> dict[str, str]:
        return {"numpy": np.__version__}

    def reset(self) -> None:
        own = self.model.named_parameters()
        if own.keys() != self.weights.keys():
            raise ValueError(f"parameter names differ: {sorted(own.keys() ^ self.weights.keys())}")
        for name, parameter in own.items():
            parameter.data[...] = self.weights[name]
        s = self.job["settings"]
        self.optimizer = self.adamw(
            s["learning_rate"],
            betas=(s["beta1"], s["beta2"]),
            eps=s["eps"],
            weight_decay=s["weight_decay"],
        )
        self.position = 0

    def _alone(self, ids: np.ndarray, targets: np.ndarray) -> float:
        loss = self.model.loss(ids, targets)
        self.model.backward()
        return loss

    def steps(self, count: int) -> list[float]:
        losses = []
        for _ in range(count):
            index = self.position % len(self.inputs)
            self.model.zero_grad()
            losses.append(self.loss_and_backward(self.inputs[index], self.targets[index]))
            self.optimizer.step()
            self.position += 1
        return losses

    def quality(self, job: dict, rows: np.ndarray, held_out: np.ndarray) -> dict:
        """Train on rows in the order given, with a schedule and clipping; grade all of held_out."""
        inputs, targets = np.ascontiguousarray(rows[:, :-1]), np.ascontiguousarray(rows[:, 1:])
        for indices, rate in zip(job["order"], job["rates"], strict=True):
            self.optimizer.learning_rate = float(rate)
            self.model.zero_grad()
            loss = self.loss_and_backward(inputs[indices], targets[indices])
            clip_gradients(self.model, job["clip"])
            self.optimizer.step()
        total = questions = 0.0
        for start in range(0, len(held_out), 64):
            piece = held_out[start : start + 64]
            asked = int((piece[:, 1:] != -1).sum())
            total += self.model.loss(piece[:, :-1], piece[:, 1:]) * asked
            questions += asked
        return {"held_out_loss": total / questions, "last_loss": loss}

    def generation(self, count: int) -> dict:
        """Tokens a second: inside the block, and count in a row (half windows past the block)."""
        from course_utils.student import generate

        config, rng = self.model.config, np.random.default_rng(0)
        prompt = self.inputs[0][0, :1].tolist()
        within = config.block_size - 1
        generate(self.model, prompt, within, rng)
        rates = {}
        for name, length in (("inside the block", within), (f"{count} in a row", count)):
            seconds = []
            for _ in range(5):
                begin = time.perf_counter()
                new = generate(self.model, prompt, length, rng)
                seconds.append(time.perf_counter() - begin)
                assert len(new) == length
            rates[name] = length / float(np.median(seconds))
        return rates
