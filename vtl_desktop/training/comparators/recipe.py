"""What decides how the compared networks are trained, read from TOML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vtl_desktop.training.recipe import read_toml, table


@dataclass(frozen=True, slots=True)
class ComparatorRecipe:
    """All settings; every network is trained with the same.

    Attributes:
        suspects: pairs with a number below this are learned from.
        settings_pairs: about how many of them the plain measures' settings are found on.
        steps: of the optimiser.
        batch: examples a step; frames: of each that are shown.
        crop: side of the squares that are learned from, in pixels; a multiple of 16.
        misplaced: share of the examples whose source is shifted further, by up to 2 pixels.
        learning_rate, weight_decay, warm_up_steps, gradient_clip: of AdamW; the rate falls as a cosine.
        steady: weight of steadiness over time.
        mean_over: how much of the running mean of the weights stays at each step.
        checkpoint_seconds: between checkpoints.
    """

    seed: int = 0
    suspects: int = 1500
    settings_pairs: int = 150
    steps: int = 800
    batch: int = 4
    frames: int = 4
    crop: int = 160
    misplaced: float = 0.25
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    warm_up_steps: int = 100
    gradient_clip: float = 2.0
    steady: float = 1.0
    mean_over: float = 0.99
    checkpoint_seconds: float = 60


def default_recipe() -> Path:
    """The recipe that ships with the program."""
    return Path(__file__).resolve().parents[1] / "recipes" / "comparators_cpu.toml"


def read_comparator_recipe(path: Path) -> ComparatorRecipe:
    """Reads a recipe.

    Raises:
        MissingMedia: when the file is not there.
        UsageError: when it is no TOML, or has a setting that does not exist.
    """
    return table(ComparatorRecipe, read_toml(path), str(path))
