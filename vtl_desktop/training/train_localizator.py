"""Trains the Localizator from a recipe: makes and registers forgeries, runs the training, writes the weights."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from vtl_desktop.core.errors import MissingMedia
from vtl_desktop.core.jobs import Progress, no_progress, part_of
from vtl_desktop.networks.localizator import Localizator
from vtl_desktop.networks.marking import NAME
from vtl_desktop.networks.weights import MANIFEST, save_weights
from vtl_desktop.training.export import write_entry
from vtl_desktop.training.localizator_pairs import PairMaker, write_pairs
from vtl_desktop.training.localizator_recipe import LocalizatorRecipe, read_localizator_recipe
from vtl_desktop.training.localizator_trainer import LocalizatorTrainer
from vtl_desktop.training.train_vithash import pick_device

CHECKPOINT, PAIRS, FILE = "checkpoint.pt", "pairs", "localizator.safetensors"


def default_localizator_recipe() -> Path:
    """The recipe for a CPU that ships with the program."""
    return Path(__file__).resolve().parent / "recipes" / "localizator_cpu.toml"


def train_localizator(
    recipe: Path,
    *,
    media: Path,
    out: Path,
    resume: bool = True,
    device: str = "auto",
    progress: Progress = no_progress,
) -> Path:
    """Trains the Localizator and writes its weights.

    Args:
        recipe: a TOML file; see `recipes/`.
        media: the folder with `train/` (videos) and `train_images/` (pictures).
        out: for the pairs (about 9 MB a suspect), the checkpoint, the weights and their manifest; made if it is not
            there. Pairs that are there already are kept.
        resume: go on from the checkpoint in `out`, if there is one.
        device: "auto", "cpu" or "cuda".
        progress: told the fraction that is over, and what is watched.

    Returns:
        The .safetensors file.

    Raises:
        MissingMedia: nothing to train on.
        UsageError: a recipe or device that cannot be.
        WeightsError: a checkpoint of another recipe, or damaged.
    """
    settings = read_localizator_recipe(recipe)
    where = pick_device(device)
    out.mkdir(parents=True, exist_ok=True)
    made = make_pairs(settings, media, out / PAIRS, progress=part_of(progress, 0.0, 0.3))
    if not made:
        raise MissingMedia(f"{media}: not one pair could be made.", "It must hold train/*.mp4 and train_images/.")
    trainer = LocalizatorTrainer(settings, out / PAIRS, where)
    checkpoint = out / CHECKPOINT
    if resume and checkpoint.is_file():
        trainer.restore(checkpoint)
    trainer.run(checkpoint, part_of(progress, 0.3, 0.99))
    details = {"training_seconds": round(trainer.elapsed), "training_suspects": made}
    weights = export_localizator(trainer.mean, out, settings, steps=trainer.step, details=details)
    progress(1.0, f"wrote {weights.name}")
    return weights


def make_pairs(recipe: LocalizatorRecipe, media: Path, folder: Path, *, progress: Progress = no_progress) -> int:
    """Makes the recipe's pairs, a core each; those that are there are kept.

    Returns:
        How many suspects there are.

    Raises:
        MissingMedia: the folder has no clips or pictures.
    """
    PairMaker(media, recipe.seed)
    lanes = os.cpu_count() or 1
    count = recipe.training.suspects
    # Codecs and OpenCV do not survive a fork.
    with ProcessPoolExecutor(lanes, mp_context=get_context("spawn")) as pool:
        jobs = [
            pool.submit(_lane, media, recipe.seed, folder, first, min(first + 20, count))
            for first in range(0, count, 20)
        ]
        for number, job in enumerate(jobs, 1):
            job.result()
            progress(number / len(jobs), f"{min(number * 20, count)} of {count} suspects made and registered")
    return len(list(folder.glob("*.npy")))


def _lane(media: Path, seed: int, folder: Path, first: int, last: int) -> None:
    cv2.setNumThreads(1)
    for _ in write_pairs(PairMaker(media, seed), folder, range(first, last)):
        pass


def export_localizator(
    network: Localizator, folder: Path, recipe: LocalizatorRecipe, *, steps: int, details: Mapping[str, Any]
) -> Path:
    """Writes `localizator.safetensors` and its table of the manifest in `folder`; other tables stay."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = save_weights(network, folder / FILE, kind=NAME, config=asdict(network.config))
    table = {
        "file": FILE,
        "sha256": digest,
        "network": NAME,
        "frames": network.config.frames,
        "recipe": recipe.name,
        "seed": recipe.seed,
        "steps": steps,
        **details,
    }
    write_entry(folder / MANIFEST, NAME, table)
    return folder / FILE
