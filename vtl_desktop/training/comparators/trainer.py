"""One training of a compared network: its running mean, its optimiser, and its place in the recipe."""

from __future__ import annotations

import copy
import math
import pickle
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vtl_desktop.core.errors import MissingMedia, WeightsError
from vtl_desktop.core.jobs import Progress
from vtl_desktop.networks.inference import fast_bfloat16
from vtl_desktop.training.comparators.learned import new_matcher
from vtl_desktop.training.comparators.recipe import ComparatorRecipe
from vtl_desktop.training.localizator_data import PairCrops
from vtl_desktop.training.localizator_losses import mask_loss

LOG_EVERY = 20


def pair_files(folder: Path, suspects: int) -> list[Path]:
    """The training pairs with a number below `suspects`, in order.

    Raises:
        MissingMedia: there are none.
    """
    files = [path for path in sorted(folder.glob("*.npy")) if int(path.name.split("-")[0]) < suspects]
    if not files:
        raise MissingMedia(f"{folder}: no training pairs.", "Make them with: vtl-desktop train localizator.")
    return files


class MatcherTrainer:
    """A training that can be stopped and gone on with; its length is a number of steps.

    Attributes:
        network: what is trained.
        mean: the running mean of its weights, which is what is kept.
        step: how many there were, over all runs.
    """

    def __init__(self, name: str, recipe: ComparatorRecipe, pairs: Path) -> None:
        """Args:
            name: of `learned.MATCHERS`.
            pairs: a folder of `localizator_pairs`; files that come later are found too.

        Raises:
            UsageError: there is none of this name.
        """
        torch.manual_seed(recipe.seed)
        self._recipe, self._pairs = recipe, pairs
        self.network = new_matcher(name).to(memory_format=torch.channels_last)
        self.mean = copy.deepcopy(self.network).requires_grad_(False)
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self.step = 0

    def run(self, checkpoint: Path, progress: Progress) -> None:
        """Trains until the recipe's steps are done, writing a checkpoint now and then.

        Raises:
            MissingMedia: there are no pairs.
        """
        recipe, saved = self._recipe, time.monotonic()
        crops: PairCrops | None = None
        watched: dict[str, float] = {}
        while self.step < recipe.steps:
            if crops is None or self.step % 100 == 0:
                crops = PairCrops(pair_files(self._pairs, recipe.suspects), misplaced=recipe.misplaced)
            now = self._learn(crops.batch(recipe.batch, recipe.crop, np.random.default_rng([recipe.seed, self.step])))
            self.step += 1
            watched = {key: watched.get(key, value) * 0.95 + value * 0.05 for key, value in now.items()}
            if self.step % LOG_EVERY == 0:
                said = ", ".join(f"{key} {value:.3f}" for key, value in watched.items())
                progress(self.step / recipe.steps, f"step {self.step}: {said}")
            if time.monotonic() - saved > recipe.checkpoint_seconds:
                self.save(checkpoint)
                saved = time.monotonic()
        self.save(checkpoint)

    def _learn(self, batch: tuple[Tensor, Tensor, Tensor]) -> dict[str, float]:
        recipe = self._recipe
        warm = min((self.step + 1) / recipe.warm_up_steps, 1.0)
        for group in self._optimiser.param_groups:
            falling = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * self.step / recipe.steps))
            group["lr"] = recipe.learning_rate * warm * falling
        images, truth, inside = (part[:, : recipe.frames] for part in batch)
        self.network.train()
        suspect, source = images[:, :, 0:3].flatten(0, 1), images[:, :, 3:6].flatten(0, 1)
        with torch.autocast("cpu", torch.bfloat16, enabled=fast_bfloat16()):
            logits = self.network(suspect, source)
        # One class: the loss is that of the Localizator with both of its classes the same.
        said = logits.unflatten(0, truth.shape[:2]).expand(-1, -1, 2, -1, -1)
        changed = truth.amax(2, keepdim=True).expand_as(said)
        loss, watched = mask_loss(said, changed, inside, recipe.steady)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), recipe.gradient_clip)
        self._optimiser.step()
        self._average()
        return {"loss": float(loss.detach()), **watched}

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(self._recipe.mean_over, (self.step + 1) / (self.step + 10))
        for mean, now in zip(self.mean.state_dict().values(), self.network.state_dict().values(), strict=True):
            if mean.dtype.is_floating_point:
                mean.lerp_(now, 1 - keep)
            else:
                mean.copy_(now)

    def save(self, path: Path) -> None:
        """Writes a checkpoint, whole or not at all."""
        beside = path.with_suffix(".part")
        state = {
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
        }
        torch.save(state, beside)
        beside.replace(path)

    def restore(self, path: Path) -> None:
        """Goes on from a checkpoint.

        Raises:
            WeightsError: it is damaged, or of another network.
        """
        try:
            state = torch.load(path, weights_only=True)
            self.network.load_state_dict(state["network"])
            self.mean.load_state_dict(state["mean"])
            self._optimiser.load_state_dict(state["optimiser"])
            self.step = int(state["step"])
        except (OSError, KeyError, RuntimeError, ValueError, pickle.UnpicklingError, EOFError) as error:
            raise WeightsError(
                f"{path}: no checkpoint of this network ({error}).", "Remove it to start anew."
            ) from error
