"""Trains ViTHash from a recipe: decodes the media, runs the training, writes the weights and their manifest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vtl_desktop.core.errors import MissingMedia, UsageError
from vtl_desktop.core.jobs import Progress, no_progress, part_of
from vtl_desktop.networks.inference import load_vithash
from vtl_desktop.networks.vithash import ViTHash
from vtl_desktop.networks.weights import load_manifest, verify
from vtl_desktop.training.datasets import FrameStore, load_frames, load_videos
from vtl_desktop.training.export import balance_bits, export
from vtl_desktop.training.procedural import procedural_pictures
from vtl_desktop.training.recipe import ViTHashRecipe, read_recipe
from vtl_desktop.training.sampling import Sampler, Shares
from vtl_desktop.training.trainer import Trainer

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
    database: Path | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Trains ViTHash and writes its weights.

    Args:
        recipe: a TOML file; see `recipes/`.
        media: the folder with `train/` (videos) and `train_images/` (pictures).
        out: for the decoded frames, the checkpoint, the weights and their manifest; made if it is not there.
        resume: go on from the checkpoint in `out`, if there is one.
        device: "auto", "cpu" or "cuda".
        database: fine-tune on the sources enrolled there instead of on `media`, from the weights that ship with the
            program. What comes out needs a new database: codes of other weights cannot be compared.
        progress: told the fraction of the time that is over, and what is watched.

    Returns:
        The .safetensors file.

    Raises:
        MissingMedia: nothing to train on.
        UsageError: a recipe or device that cannot be.
        WeightsError: a checkpoint of another recipe, or damaged.
    """
    settings = read_recipe(recipe)
    where = pick_device(device)
    out.mkdir(parents=True, exist_ok=True)
    network: ViTHash | None = None
    data, decoding = settings.data, part_of(progress, 0.0, 0.02)
    rate, cache = data.frames_per_second, out / "frames.npz"
    if database is None:
        store = load_frames(media, cache=cache, size=data.square, frames_per_second=rate, progress=decoding)
    else:
        videos = sources_of(database)
        store = load_videos(videos, cache=cache, size=data.square, frames_per_second=rate, progress=decoding)
        network = load_vithash(verify(load_manifest().entry("vithash")))
    trainer = Trainer(settings, with_procedural(store, data.procedural, settings.seed), where, network)
    checkpoint = out / "checkpoint.pt"
    if resume and checkpoint.is_file():
        trainer.restore(checkpoint)
    trainer.run(checkpoint, part_of(progress, 0.02, 0.99))
    balance_bits(trainer.network, clean_clips(store, settings))
    weights = export(trainer.network, out, settings, steps=trainer.step)
    progress(1.0, f"wrote {weights.name}")
    return weights


def sources_of(database: Path) -> list[Path]:
    """The source files of a hash-center database that can still be found.

    Raises:
        MissingMedia: when there is none.
        DatabaseError: when the database cannot be used.
    """
    from vtl_desktop.storage.hash_center_database import HashCenterDatabase

    with HashCenterDatabase.open(database) as opened:
        found = [Path(source.path) for source in opened.sources() if Path(source.path).is_file()]
    if not found:
        raise MissingMedia(f"{database}: none of its source files is there.", "Connect the archive's disk.")
    return found


def pick_device(device: str) -> torch.device:
    """The torch device for "auto", "cpu" or "cuda".

    Raises:
        UsageError: for another word, or when there is no CUDA device.
    """
    usable = torch.cuda.is_available()
    if device not in ("auto", "cpu", "cuda") or (device == "cuda" and not usable):
        raise UsageError(f"The device {device} cannot be used here.", "Choose auto or cpu.")
    return torch.device("cuda" if usable and device != "cpu" else "cpu")


def with_procedural(store: FrameStore, count: int, seed: int) -> FrameStore:
    """The store with pictures made by formula at its end."""
    made = procedural_pictures(count, store.frames.shape[1], seed, store.frames)
    labels = store.clip.max() + 1 + np.arange(len(made), dtype=np.int32)
    return FrameStore(
        np.concatenate([store.frames, made]), np.concatenate([store.clip, labels]), store.frames_per_second
    )


def clean_clips(store: FrameStore, recipe: ViTHashRecipe) -> Iterator[Tensor]:
    """Batches of unchanged clips, uint8 [b, T, 3, M, M]."""
    sampler = Sampler(store, Shares(video=recipe.data.video_share), np.random.default_rng(recipe.seed + 1))
    for _ in range(min(BALANCE_BATCHES, 1 + len(store.frames) // BALANCE_BATCH)):
        rows, _ = sampler.pairs(BALANCE_BATCH, recipe.network.clip_frames)
        yield torch.from_numpy(store.frames[rows]).permute(0, 1, 4, 2, 3)
