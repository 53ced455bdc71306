"""One training of the Localizator: the network, its running mean, its optimiser, and its place in the recipe."""

from __future__ import annotations

import copy
import math
import pickle
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vtl_desktop.core.errors import WeightsError
from vtl_desktop.core.jobs import Progress
from vtl_desktop.networks.localizator import Localizator
from vtl_desktop.training.localizator_data import PairCrops
from vtl_desktop.training.localizator_losses import mask_loss
from vtl_desktop.training.localizator_recipe import LocalizatorRecipe

LOG_EVERY = 20
AHEAD = 3
"""Batches made while the network learns from others."""

Batch = tuple[Tensor, Tensor, Tensor]


class LocalizatorTrainer:
    """A training that can be stopped and gone on with; its length is wall-clock time over all runs.

    Attributes:
        network: what is trained.
        mean: the running mean of its weights, which is what ships.
        step, elapsed: steps and seconds so far, over all runs.
    """

    def __init__(self, recipe: LocalizatorRecipe, pairs: Path, device: torch.device) -> None:
        """Args:
        pairs: a folder of `localizator_pairs`; files that come later are found too.
        """
        torch.manual_seed(recipe.seed)
        self._recipe, self._pairs, self._device = recipe, pairs, device
        self.network = Localizator(recipe.network).to(memory_format=torch.channels_last).to(device)
        self.mean = copy.deepcopy(self.network).requires_grad_(False)
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim <= 1]
        self._optimiser = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": recipe.training.weight_decay},
                {"params": others, "weight_decay": 0.0},
            ],
            lr=recipe.training.learning_rate,
        )
        self.step, self.elapsed = 0, 0.0

    def run(self, checkpoint: Path, progress: Progress) -> None:
        """Trains until the recipe's time is over, writing a checkpoint now and then."""
        training = self._recipe.training
        begun, saved = time.monotonic() - self.elapsed, time.monotonic()
        watched: dict[str, float] = {}
        with ThreadPoolExecutor(training.loaders, "pairs") as pool:
            waiting: list[Future[Batch]] = []
            while self.elapsed < training.seconds:
                if self.step % 100 == 0 or not waiting:
                    crops = PairCrops(sorted(self._pairs.glob("*.npy")), misplaced=training.misplaced)
                while len(waiting) < AHEAD * training.loaders:
                    number = self.step + len(waiting)
                    rng = np.random.default_rng([self._recipe.seed, 1, number])
                    # Some examples show more of the picture, as it is when it is localized: there are fewer of them.
                    wide = rng.random() < training.wide_share
                    crop = training.wide_crop if wide else training.crop
                    count = max(training.batch * training.crop**2 // crop**2, 1)
                    waiting.append(pool.submit(crops.batch, count, crop, rng))
                now = self._learn(waiting.pop(0).result())
                self.step += 1
                self.elapsed = time.monotonic() - begun
                for key, value in now.items():
                    watched[key] = watched.get(key, value) * 0.95 + value * 0.05
                if self.step % LOG_EVERY == 0:
                    said = ", ".join(f"{key} {value:.3f}" for key, value in watched.items())
                    progress(min(self.elapsed / training.seconds, 1.0), f"step {self.step}: {said}")
                if time.monotonic() - saved > training.checkpoint_seconds:
                    self.save(checkpoint)
                    saved = time.monotonic()
            for future in waiting:
                future.cancel()
        self.save(checkpoint)

    def _learn(self, batch: Batch) -> dict[str, float]:
        training, frames = self._recipe.training, batch[0].shape[1]
        share = min(self.elapsed / training.seconds, 1.0)
        warm = min((self.step + 1) / training.warm_up_steps, 1.0)
        for group in self._optimiser.param_groups:
            group["lr"] = training.learning_rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))
        # Pictures come alone, and at the end of a stretch fewer frames are left.
        few = np.random.default_rng([self._recipe.seed, 2, self.step])
        kept = int(few.integers(1, frames)) if few.random() < training.few_share and frames > 1 else frames
        images, truth, inside = (part[:, :kept].to(self._device) for part in batch)
        self.network.train()
        with torch.autocast(self._device.type, torch.bfloat16):
            logits = self.network(images)
        loss, watched = mask_loss(logits, truth, inside, training.steady)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), training.gradient_clip)
        self._optimiser.step()
        self._average()
        return {"loss": float(loss.detach()), **watched}

    @torch.no_grad()
    def _average(self) -> None:
        # A mean over the last few hundred steps; over fewer at the start.
        keep = min(self._recipe.training.mean_over, (self.step + 1) / (self.step + 10))
        for mean, now in zip(self.mean.state_dict().values(), self.network.state_dict().values(), strict=True):
            if mean.dtype.is_floating_point:
                mean.lerp_(now, 1 - keep)
            else:
                mean.copy_(now)

    def save(self, path: Path) -> None:
        """Writes a checkpoint, whole or not at all."""
        beside = path.with_suffix(".part")
        state = {
            "recipe": asdict(self._recipe),
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
            "elapsed": self.elapsed,
        }
        torch.save(state, beside)
        beside.replace(path)

    def restore(self, path: Path) -> None:
        """Goes on from a checkpoint.

        Raises:
            WeightsError: it is damaged, or of a network of another shape.
        """
        try:
            state = torch.load(path, map_location=self._device, weights_only=True)
            self.network.load_state_dict(state["network"])
            self.mean.load_state_dict(state["mean"])
            self._optimiser.load_state_dict(state["optimiser"])
            self.step, self.elapsed = int(state["step"]), float(state["elapsed"])
        except (OSError, KeyError, RuntimeError, ValueError, pickle.UnpicklingError, EOFError) as error:
            raise WeightsError(
                f"{path}: no checkpoint of this recipe ({error}).", "Remove it to start anew, or use its own recipe."
            ) from error
