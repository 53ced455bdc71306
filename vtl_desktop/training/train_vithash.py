"""Trains ViTHash from a recipe: decodes the media, runs the training, writes the weights and their manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vtl_desktop.core.errors import UsageError
from vtl_desktop.core.jobs import Progress, no_progress, part_of
from vtl_desktop.networks.vithash import ViTHash
from vtl_desktop.training.datasets import FrameStore, load_frames
from vtl_desktop.training.export import balance_bits, export
from vtl_desktop.training.forged import forged
from vtl_desktop.training.procedural import procedural_pictures
from vtl_desktop.training.recipe import ViTHashRecipe, read_recipe
from vtl_desktop.training.sampling import Sampler, Shares
from vtl_desktop.training.start import load_start
from vtl_desktop.training.takes import takes
from vtl_desktop.training.trainer import Trainer

CHECKPOINT, FRAMES = "checkpoint.pt", "frames.npz"
BALANCE_BATCH, BALANCE_BATCHES = 64, 30


def default_recipe() -> Path:
    """The recipe for a CPU that ships with the program."""
    return Path(__file__).resolve().parent / "recipes" / "vithash_cpu.toml"


def train_vithash(
    recipe: Path,
    *,
    media: Path,
    out: Path,
    resume: bool = True,
    device: str = "auto",
    pretrained: str | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Trains ViTHash and writes its weights.

    Args:
        recipe: a TOML file; see `recipes/`.
        media: the folder with `train/` (videos) and `train_images/` (pictures).
        out: for the decoded frames, the checkpoint, the weights and their manifest; made if it is not there.
        resume: go on from the checkpoint in `out`, if there is one.
        device: "auto", "cpu" or "cuda".
        pretrained: what to start from, see `start.load_start`; by default from chance. A training that goes on from a
            checkpoint keeps what it started from.
        progress: told the fraction of the time that is over, and what is watched.

    Returns:
        The .safetensors file.

    Raises:
        MissingMedia: nothing to train on.
        UsageError: a recipe or device that cannot be.
        WeightsError: a checkpoint of another recipe, or damaged; weights to start from that are missing or do not fit.
    """
    settings = read_recipe(recipe)
    where = pick_device(device)
    network, origin = None, {}
    if pretrained is not None and not (resume and (out / CHECKPOINT).is_file()):
        network, origin = started_network(settings, pretrained)
    store = decoded(settings, media, out, part_of(progress, 0.0, 0.02))
    said = part_of(progress, 0.02, 1.0)
    return train_on(
        settings, store, out=out, device=where, resume=resume, network=network, origin=origin, progress=said
    )


def decoded(recipe: ViTHashRecipe, media: Path, out: Path, progress: Progress) -> FrameStore:
    """The frames of `media` as the recipe asks for them, decoded once into `out`.

    Raises:
        MissingMedia, UsageError: as `load_frames`.
    """
    data = recipe.data
    return load_frames(
        media,
        cache=out / FRAMES,
        size=data.square,
        frames_per_second=data.frames_per_second,
        posted=data.posted_share > 0,
        seed=recipe.seed,
        progress=progress,
    )


def started_network(recipe: ViTHashRecipe, pretrained: str) -> tuple[ViTHash, dict[str, str]]:
    """A network shaped by the recipe that starts from weights, and what the manifest says of them.

    Raises:
        WeightsError: as `start.load_start`.
    """
    torch.manual_seed(recipe.seed)
    network = ViTHash(recipe.network)
    return network, load_start(network, pretrained)


def train_on(
    recipe: ViTHashRecipe,
    store: FrameStore,
    *,
    out: Path,
    device: torch.device,
    resume: bool = True,
    network: ViTHash | None = None,
    origin: Mapping[str, str] | None = None,
    details: Mapping[str, Any] | None = None,
    whole: FrameStore | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Trains on decoded frames, and writes weights and manifest.

    Args:
        recipe: all settings.
        store: the frames, without the pictures made by formula.
        out: for the checkpoint, the weights and their manifest; made if it is not there.
        device: where to train.
        resume: go on from the checkpoint in `out`, if there is one.
        network: what to start from, unless there is a checkpoint; by default a fresh network.
        origin: what that network is, as entries of the manifest.
        details: further entries of the manifest.
        whole: what `whole_store` makes of these, where it is at hand.
        progress: told the fraction that is over, and what is watched.

    Returns:
        The .safetensors file.

    Raises:
        WeightsError: a checkpoint of another recipe, or damaged.
    """
    out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(recipe, whole or whole_store(store, recipe), device, network, origin)
    checkpoint = out / CHECKPOINT
    if resume and checkpoint.is_file():
        trainer.restore(checkpoint)
    trainer.run(checkpoint, part_of(progress, 0.0, 0.99))
    balance_bits(trainer.network, clean_clips(store, recipe))
    weights = export(trainer.network, out, recipe, steps=trainer.step, details={**trainer.origin, **(details or {})})
    progress(1.0, f"wrote {weights.name}")
    return weights


def pick_device(device: str) -> torch.device:
    """The torch device for "auto", "cpu" or "cuda".

    Raises:
        UsageError: for another word, or when there is no CUDA device.
    """
    usable = torch.cuda.is_available()
    if device not in ("auto", "cpu", "cuda") or (device == "cuda" and not usable):
        raise UsageError(f"The device {device} cannot be used here.", "Choose auto or cpu.")
    return torch.device("cuda" if usable and device != "cpu" else "cpu")


def whole_store(store: FrameStore, recipe: ViTHashRecipe) -> FrameStore:
    """The store with what the recipe makes by formula at its end, and the twins that it asks for, the posted first."""
    data, size, frames = recipe.data, store.frames.shape[1], store.frames
    pictures = procedural_pictures(data.procedural, size, recipe.seed, frames)
    filmed = takes(data.scenes, size, recipe.seed, frames)
    made = np.concatenate([pictures, filmed.reshape(-1, size, size, 3)])
    number = np.r_[np.arange(len(pictures)), len(pictures) + np.arange(len(filmed)).repeat(filmed.shape[1])]
    clip = np.concatenate([store.clip, store.clip.max() + 1 + number.astype(np.int32)])
    frames = np.concatenate([frames, made])
    twins = [np.concatenate([twin, made]) for twin in store.twins] if data.posted_share else []
    if data.forged_share:
        twins.append(forged(frames, clip, recipe.seed, recipe.views.without))
    return FrameStore(frames, clip, store.frames_per_second, tuple(twins))


def clean_clips(store: FrameStore, recipe: ViTHashRecipe) -> Iterator[Tensor]:
    """Batches of unchanged clips, uint8 [b, T, 3, M, M]."""
    sampler = Sampler(store, Shares(video=recipe.data.video_share), np.random.default_rng(recipe.seed + 1))
    for _ in range(min(BALANCE_BATCHES, 1 + len(store.frames) // BALANCE_BATCH)):
        rows = sampler.pairs(BALANCE_BATCH, recipe.network.clip_frames).first
        yield torch.from_numpy(store.frames[rows]).permute(0, 1, 4, 2, 3)
