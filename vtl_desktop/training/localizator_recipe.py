"""A recipe for the Localizator: everything that decides how its weights are trained, read from TOML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vtl_desktop.core.errors import UsageError
from vtl_desktop.networks.localizator import LocalizatorConfig
from vtl_desktop.training.recipe import read_toml, table


@dataclass(frozen=True, slots=True)
class LocalizatorTraining:
    """How long and how fast.

    Attributes:
        seconds: of wall-clock time, over all runs.
        suspects: that are made and registered before training; see `localizator_pairs`.
        batch: examples a step, of four frames each.
        crop: side of the squares that are learned from, in pixels; a multiple of 16.
        wide_crop, wide_share: of some batches, as many times fewer as each is larger.
        few_share: of the batches of which fewer frames than were made are shown.
        misplaced: share of the examples whose source is shifted further, by up to 2 pixels.
        learning_rate, weight_decay, warm_up_steps, gradient_clip: of AdamW; the rate falls as a cosine.
        steady: weight of steadiness over time.
        mean_over: how much of the running mean of the weights stays at each step.
        loaders: threads that make batches.
    """

    seconds: float = 3600
    suspects: int = 1500
    batch: int = 12
    crop: int = 192
    wide_crop: int = 320
    wide_share: float = 0.2
    few_share: float = 0.2
    misplaced: float = 0.25
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up_steps: int = 100
    gradient_clip: float = 2.0
    steady: float = 1.0
    mean_over: float = 0.995
    loaders: int = 1
    checkpoint_seconds: float = 120


@dataclass(frozen=True, slots=True)
class LocalizatorRecipe:
    """All of `train_localizator`'s settings."""

    name: str
    seed: int
    network: LocalizatorConfig
    training: LocalizatorTraining


def read_localizator_recipe(path: Path) -> LocalizatorRecipe:
    """Reads a recipe for the Localizator.

    Raises:
        MissingMedia: when the file is not there.
        UsageError: when it is no TOML, or has a setting that does not exist.
    """
    content = read_toml(path)
    unknown = sorted(set(content) - {"name", "seed", "network", "training"})
    if unknown:
        raise UsageError(f"{path}: unknown table {', '.join(unknown)}.", "Known are name, seed, network, training.")
    return LocalizatorRecipe(
        name=str(content.get("name", path.stem)),
        seed=int(content.get("seed", 0)),
        network=table(LocalizatorConfig, content.get("network", {}), f"{path}, [network]"),
        training=table(LocalizatorTraining, content.get("training", {}), f"{path}, [training]"),
    )
