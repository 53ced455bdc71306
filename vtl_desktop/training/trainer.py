"""One training of ViTHash: the network, its optimiser, its data, and its place in the recipe.

Lengths are wall-clock time or steps, counted over all runs of one training: a training that was stopped goes on from
its last checkpoint.
"""

from __future__ import annotations

import math
import pickle
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vtl_desktop.core.errors import WeightsError
from vtl_desktop.core.jobs import Progress
from vtl_desktop.networks.vithash import ViTHash
from vtl_desktop.training.augment import Augmenter, schedule
from vtl_desktop.training.csq import csq_objective, hash_centers
from vtl_desktop.training.datasets import FrameStore
from vtl_desktop.training.graphics import graphics
from vtl_desktop.training.look_alikes import look_alikes, thumbnails
from vtl_desktop.training.losses import near_identical, relaxed
from vtl_desktop.training.memory_queue import MemoryQueue
from vtl_desktop.training.objective import objective
from vtl_desktop.training.recipe import TrainingRecipe, ViTHashRecipe
from vtl_desktop.training.sampling import Pairs, Rows, Sampler, Shares
from vtl_desktop.training.small_maps import speed_up

LOG_EVERY = 20
GRAPHICS_SIZE = 64
"""Pixels: what is laid over a view is seldom larger."""
PIECE = {"cpu": 64, "cuda": 4096}
"""Views that go through the backbone at a time."""


class Trainer:
    """A training that can be stopped and gone on with.

    Attributes:
        network: what is trained.
        step: how many steps were done.
        elapsed: seconds of training, over all runs.
        origin: what the network was before, as entries of the manifest; empty for a random start.
    """

    def __init__(
        self,
        recipe: ViTHashRecipe,
        store: FrameStore,
        device: torch.device,
        network: ViTHash | None = None,
        origin: Mapping[str, str] | None = None,
    ) -> None:
        """Sets up a training.

        Args:
            recipe: all settings.
            store: the frames, without procedural pictures or with.
            device: where to train.
            network: to go on from; by default a fresh one.
            origin: what that network is, as entries of the manifest.
        """
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.device = device
        self.network = (network or ViTHash(recipe.network)).to(device).to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.network, recipe.training.weight_decay), lr=recipe.training.learning_rate, fused=True
        )
        if device.type == "cpu":
            speed_up(self.network)
        data = recipe.data
        shares = Shares(
            video=data.video_share,
            same_clip=data.same_clip_share,
            next_frame=data.next_frame_chance,
            look_alike=data.look_alike_share,
            retimed=data.retimed_share,
            twins=tuple(share for share in (data.posted_share, data.forged_share) if share)[: len(store.twins)],
        )
        self.sampler = Sampler(store, shares, np.random.default_rng(recipe.seed))
        self.frames, *self.twins = (
            torch.from_numpy(frames).permute(0, 3, 1, 2).contiguous().to(device)
            for frames in (store.frames, *store.twins)
        )
        self.graphics = (
            torch.from_numpy(graphics(recipe.views.graphics, GRAPHICS_SIZE, recipe.seed)).permute(0, 3, 1, 2).to(device)
            if recipe.views.graphics
            else None
        )
        self.generators = [torch.Generator(device).manual_seed(recipe.seed + i) for i in range(2)]
        self.step = 0
        self.elapsed = 0.0
        self.origin = dict(origin or {})
        self._deep = self.network.frame_parameters()
        self._workers: ThreadPoolExecutor | None = None
        self._queue = MemoryQueue(recipe.losses.queue)
        self._looked = 0.0
        self._centers: Tensor | None = None
        if recipe.losses.objective == "csq":
            clips = len(self.sampler.spans)
            self._centers = hash_centers(clips, self.network.config.bits, recipe.seed).to(device)

    @property
    def done(self) -> float:
        """The fraction of the training that is over."""
        training = self.recipe.training
        return min(self.step / training.steps if training.steps else self.elapsed / training.seconds, 1.0)

    def run(self, checkpoint: Path, progress: Progress) -> None:
        """Trains to the end of the recipe; writes `checkpoint` every so often and at the end."""
        threads = torch.get_num_threads()
        # One thread a core, each with pieces of its own, rather than every operation on all cores: the halves of an
        # operation meet a thousand times a step, and beside other work each meeting waits for the slower one.
        on_cpu = self.device.type == "cpu"
        self._workers = ThreadPoolExecutor(
            threads if on_cpu else 1, "train", initializer=torch.set_num_threads, initargs=(1,)
        )
        torch.set_num_threads(1 if on_cpu else threads)
        saved = time.monotonic()
        self.network.train()
        try:
            while self.done < 1:
                started = time.monotonic()
                watched = self.one_step()
                self.elapsed += time.monotonic() - started
                if self.step % LOG_EVERY == 0 or self.step == 1:
                    words = "  ".join(f"{name} {value:.4g}" for name, value in watched.items())
                    progress(self.done, f"step {self.step}  {self.elapsed:.0f} s  {words}")
                if time.monotonic() - saved > self.recipe.training.checkpoint_seconds:
                    self.save(checkpoint)
                    saved = time.monotonic()
            self.save(checkpoint)
        finally:
            self._workers.shutdown()
            self._workers = None
            torch.set_num_threads(threads)

    def one_step(self) -> dict[str, float]:
        """One batch: views, loss, gradient, update. Returns what the log shows."""
        done, training, views = self.done, self.recipe.training, self.recipe.views
        temporal = done >= training.temporal_from
        rate = learning_rate(training, done)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self._look_around(done)
        pairs = self.sampler.pairs(training.pairs, self.recipe.network.clip_frames if temporal else 1)
        first, second = self._shown(pairs)
        strength = schedule(done, first=views.first_strength, full_at=views.full_strength_at)
        size = size_at(training, done)
        augmenters = [Augmenter(size, chance, views.without, self.graphics) for chance in self.generators]
        made = self._map(_view, augmenters, (first, second), (views.source_strength, strength))
        clips = torch.cat(made)
        small = thumbnails(first[:, first.shape[1] // 2])
        self.optimiser.zero_grad(set_to_none=True)
        pieces = self._map(lambda x: self._features(x, temporal), clips.split(PIECE[self.device.type]))
        features = torch.cat([piece.detach() for piece in pieces]).requires_grad_(not temporal)
        loss, watched = self._loss(self.network.clip_logits(features), small, pairs.clip, done)
        loss.backward()
        if features.grad is not None:
            self._backward(pieces, features.grad)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), training.gradient_clip)
        if torch.isfinite(norm):
            self.optimiser.step()
        self.step += 1
        return {"size": clips.shape[-1], "strength": strength, "lr": rate, "norm": float(norm)} | watched

    def _shown(self, pairs: Pairs) -> tuple[Tensor, Tensor]:
        """The frames of both views, uint8 [pairs, T, 3, M, M]."""
        rows, version = torch.from_numpy(pairs.second).to(self.device), torch.from_numpy(pairs.version).to(self.device)
        second = self.frames[rows]
        for number, twin in enumerate(self.twins, 1):
            second[version == number] = twin[rows[version == number]]
        return self.frames[torch.from_numpy(pairs.first).to(self.device)], second

    def _loss(self, logits: Tensor, small: Tensor, clip: Rows, done: float) -> tuple[Tensor, dict[str, float]]:
        """The loss of a batch's logits [2 x pairs, bits], with thumbnails [pairs, pixels] and clip numbers [pairs]."""
        losses = self.recipe.losses
        ignore = near_identical(small).repeat(2, 2)
        if self._centers is not None:
            own = torch.from_numpy(clip).to(self.device).repeat(2)
            return csq_objective(logits, own, self._centers, ignore, losses)
        identity = torch.arange(len(small), device=self.device).repeat(2)
        codes = relaxed(logits)
        strangers, known = self._queue.negatives(small.repeat(2, 1))
        loss, watched = objective(codes, identity, ignore, losses, done, strangers, known)
        if self._queue.length and done >= losses.queue_from:
            self._queue.push(codes[: len(small)], small)
        return loss, watched

    def _look_around(self, done: float) -> None:
        """Every so often, not before the first such part is over, finds anew which clips look alike to the network."""
        data = self.recipe.data
        if not data.look_alike_share or done < self._looked + data.look_alike_every:
            return
        self._looked = done
        spans = self.sampler.spans
        self.network.eval()
        self.sampler.look_alikes = look_alikes(self.frames, spans.sum(1) // 2, self._codes)
        self.network.train()

    @torch.no_grad()
    def _codes(self, pictures: Tensor) -> Tensor:
        """Relaxed codes of unchanged pictures, uint8 [b, 3, M, M], each by itself."""
        size = size_at(self.recipe.training, self.done)
        clips = F.interpolate(pictures.float().div_(255), (size, size), mode="area")[:, None]
        pieces = self._map(lambda x: self._features(x, True), clips.split(PIECE[self.device.type]))
        return relaxed(self.network.clip_logits(torch.cat(pieces)))

    def _map(self, work: Any, *arguments: Any) -> list[Any]:
        return list(self._workers.map(work, *arguments) if self._workers else map(work, *arguments))

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
        for gradients in self._map(lambda x, g: torch.autograd.grad(x, self._deep, g), pieces, parts):
            for parameter, value in zip(self._deep, gradients, strict=True):
                parameter.grad = value if parameter.grad is None else parameter.grad.add_(value)

    def save(self, path: Path) -> None:
        """Writes a checkpoint: complete or not at all."""
        state = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "elapsed": self.elapsed,
            "sampler": self.sampler.rng.bit_generator.state,
            "generators": [generator.get_state() for generator in self.generators],
            "recipe": self.recipe.name,
            "origin": self.origin,
        }
        partial = path.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(path)

    def restore(self, path: Path) -> None:
        """Goes on from a checkpoint of the same recipe.

        Raises:
            WeightsError: when it is damaged or of another recipe.
        """
        try:
            state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
            if state["recipe"] != self.recipe.name:
                raise WeightsError(f"{path}: of the recipe {state['recipe']}.", "Train into another folder.")
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            for generator, value in zip(self.generators, state["generators"], strict=True):
                generator.set_state(value.cpu())
            self.sampler.rng.bit_generator.state = state["sampler"]
            self.step, self.elapsed = int(state["step"]), float(state["elapsed"])
            self.origin = dict(state.get("origin", {}))
        except (RuntimeError, KeyError, EOFError, ValueError, TypeError, OSError, pickle.UnpicklingError) as error:
            raise WeightsError(f"{path}: no usable checkpoint ({error}).", "Delete it to start again.") from error


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
