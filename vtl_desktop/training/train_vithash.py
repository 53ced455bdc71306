"""Trains ViTHash from a recipe: decode, contrast strongly changed views, checkpoint, export."""

from __future__ import annotations

import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from vtl_desktop.core.errors import WeightsError
from vtl_desktop.core.jobs import Progress, no_progress
from vtl_desktop.networks.vithash import ViTHash
from vtl_desktop.training.augment import Augmenter, schedule
from vtl_desktop.training.datasets import FrameStore, load_frames
from vtl_desktop.training.losses import near_identical
from vtl_desktop.training.objective import objective
from vtl_desktop.training.procedural import procedural_pictures
from vtl_desktop.training.recipe import TrainingRecipe, ViTHashRecipe, read_recipe
from vtl_desktop.training.sampling import Sampler, Shares

LOG_EVERY = 20
PIECE_OF = {"cpu": 32, "cuda": 4096}
"""Views that one worker thread takes through the backbone at a time."""


@dataclass(slots=True)
class _Clock:
    """Training time so far, counted over all runs of one training."""

    elapsed: float
    budget: float

    @property
    def done(self) -> float:
        return min(self.elapsed / self.budget, 1.0)


class Trainer:
    """One training: the network, its optimiser, its data and its place in the recipe."""

    def __init__(self, recipe: ViTHashRecipe, store: FrameStore, device: torch.device) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.device = device
        self.network = ViTHash(recipe.network).to(device).to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.network, recipe.training.weight_decay), lr=recipe.training.learning_rate, fused=True
        )
        shares = Shares(recipe.data.video_share, recipe.data.same_clip_share, recipe.data.next_frame_chance)
        self.sampler = Sampler(store, shares, np.random.default_rng(recipe.seed))
        self.frames = torch.from_numpy(store.frames).permute(0, 3, 1, 2).contiguous().to(device)
        self.generators = [torch.Generator(device).manual_seed(recipe.seed + i) for i in range(2)]
        # Two threads of one core each, that meet four times a step, rather than one operation on two cores, whose halves
        # meet a thousand times: on a machine that does other work too, each meeting waits for the slower half.
        self.workers = ThreadPoolExecutor(1 if device.type == "cuda" else torch.get_num_threads(), "train")
        if device.type != "cuda":
            torch.set_num_threads(1)
        self.deep = [p for p in (*self.network.backbone.parameters(), *self.network.norm.parameters())]
        self.clock = _Clock(0.0, recipe.training.seconds)
        self.step = 0

    def run(self, folder: Path, progress: Progress) -> None:
        """Trains to the end of the recipe, with checkpoints in `folder`."""
        saved = time.monotonic()
        self.network.train()
        while self.clock.done < 1:
            started = time.monotonic()
            watched = self._one_step()
            self.step += 1
            self.clock.elapsed += time.monotonic() - started
            if self.step % LOG_EVERY == 0 or self.step == 1:
                words = "  ".join(f"{name} {value:.4g}" for name, value in watched.items())
                progress(self.clock.done, f"step {self.step}  {self.clock.elapsed:.0f} s  {words}")
            if time.monotonic() - saved > self.recipe.training.checkpoint_seconds:
                self.save(folder / "checkpoint.pt")
                saved = time.monotonic()
        self.save(folder / "checkpoint.pt")

    def _one_step(self) -> dict[str, float]:
        done, training, views = self.clock.done, self.recipe.training, self.recipe.views
        temporal = done >= training.temporal_from
        rate = learning_rate(training, done)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        rows, beside = self.sampler.pairs(training.pairs, self.recipe.network.clip_frames if temporal else 1)
        first, second = (self.frames[torch.from_numpy(x).to(self.device)] for x in (rows, beside))
        strength = schedule(done, first=views.first_strength, full_at=views.full_strength_at)
        augmenters = [Augmenter(size_at(training, done), generator) for generator in self.generators]
        views_made = self.workers.map(_view, augmenters, (first, second), (views.first_strength, strength))
        ignore = near_identical(thumbnails(first)).repeat(2, 2)
        clips = torch.cat(list(views_made))
        self.optimiser.zero_grad(set_to_none=True)
        pieces = list(self.workers.map(lambda x: self._features(x, temporal), clips.split(PIECE_OF[self.device.type])))
        features = torch.cat([piece.detach() for piece in pieces]).requires_grad_(not temporal)
        logits = self.network.clip_logits(features)
        identity = torch.arange(training.pairs, device=self.device).repeat(2)
        loss, watched = objective(logits, identity, ignore, self.recipe.losses, done)
        loss.backward()
        if features.grad is not None:
            self._backward(pieces, features.grad)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), training.gradient_clip)
        if torch.isfinite(norm):
            self.optimiser.step()
        return {"size": clips.shape[-1], "strength": strength, "lr": rate, "norm": float(norm)} | watched

    def _features(self, clips: Tensor, temporal: bool) -> Tensor:
        """Frame features of clips, [b, T, 3, S, S] to [b, T, D]; grad mode and autocast are each thread's own."""
        images = clips.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        # The backbone rests in the last part: three frames a clip then cost no more than one did.
        with torch.set_grad_enabled(not temporal), torch.autocast(self.device.type, torch.bfloat16):
            features = self.network.frame_features(images)
        return features.float().unflatten(0, clips.shape[:2])

    def _backward(self, pieces: list[Tensor], gradient: Tensor) -> None:
        """Takes the gradient of the features on through the backbone, piece by piece."""
        parts = gradient.split(pieces[0].shape[0])
        for gradients in self.workers.map(lambda x, g: torch.autograd.grad(x, self.deep, g), pieces, parts):
            for parameter, value in zip(self.deep, gradients, strict=True):
                parameter.grad = value if parameter.grad is None else parameter.grad.add_(value)

    def save(self, path: Path) -> None:
        """Writes a checkpoint: complete or not at all."""
        state = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "elapsed": self.clock.elapsed,
            "sampler": self.sampler.rng.bit_generator.state,
            "generators": [generator.get_state() for generator in self.generators],
            "recipe": self.recipe.name,
        }
        partial = path.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, path)

    def restore(self, path: Path) -> None:
        """Goes on from a checkpoint of the same recipe.

        Raises:
            WeightsError: when it is damaged or of another recipe.
        """
        try:
            state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=False)
            if state["recipe"] != self.recipe.name:
                raise WeightsError(f"{path}: of the recipe {state['recipe']}.", "Train into another folder.")
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            for generator, value in zip(self.generators, state.get("generators", []), strict=False):
                generator.set_state(value.cpu())
        except (RuntimeError, KeyError, EOFError, ValueError) as error:
            raise WeightsError(f"{path}: not a usable checkpoint ({error}).", "Delete it to start again.") from error
        self.sampler.rng.bit_generator.state = state["sampler"]
        self.step, self.clock.elapsed = state["step"], state["elapsed"]


@torch.no_grad()
def _view(augmenter: Augmenter, clips: Tensor, strength: float) -> Tensor:
    return augmenter.view(clips, strength)


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weight decay on matrices and kernels only."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    other = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": other, "weight_decay": 0.0}]


def learning_rate(training: TrainingRecipe, done: float) -> float:
    """Linear warm-up and a cosine to nearly 0, then a small second cosine for the temporal part."""
    if done >= training.temporal_from:
        part = (done - training.temporal_from) / max(1 - training.temporal_from, 1e-6)
        return training.temporal_learning_rate * 0.5 * (1 + math.cos(math.pi * part))
    part = done / training.temporal_from
    warm = min(1.0, (part + 1e-3) / training.warm_up) if training.warm_up else 1.0
    return training.learning_rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * part)))


def size_at(training: TrainingRecipe, done: float) -> int:
    """The input size in force when a fraction `done` is over."""
    return [size for start, size in training.sizes if done >= start][-1]


def thumbnails(clips: Tensor) -> Tensor:
    """Grey 16 x 16 pictures of the clips' centre frames: uint8 [b, T, 3, M, M] to float [b, 256]."""
    centre = clips[:, clips.shape[1] // 2].float()
    return F.adaptive_avg_pool2d(centre.mean(1, keepdim=True), 16).flatten(1)


def with_procedural(store: FrameStore, count: int, seed: int) -> FrameStore:
    """The store with pictures made by formula at its end."""
    made = procedural_pictures(count, store.frames.shape[1], seed, store.frames)
    labels = store.clip.max() + 1 + np.arange(len(made), dtype=np.int32)
    return FrameStore(
        np.concatenate([store.frames, made]), np.concatenate([store.clip, labels]), store.frames_per_second
    )


def pick_device(device: str) -> torch.device:
    """The torch device for "auto", "cpu" or "cuda"."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(device)


def train_vithash(
    recipe: Path,
    *,
    media: Path,
    out: Path,
    resume: bool = True,
    device: str = "auto",
    database: Path | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Trains ViTHash and writes its weights."""
    settings = read_recipe(recipe)
    out.mkdir(parents=True, exist_ok=True)
    store = load_frames(
        media,
        cache=out / "frames.npz",
        size=settings.data.square,
        frames_per_second=settings.data.frames_per_second,
        progress=progress,
    )
    store = with_procedural(store, settings.data.procedural, settings.seed)
    trainer = Trainer(settings, store, pick_device(device))
    checkpoint = out / "checkpoint.pt"
    if resume and checkpoint.is_file():
        trainer.restore(checkpoint)
    trainer.run(out, progress)
    return checkpoint
