"""A recipe: everything that decides how weights are trained, read from TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from vtl_desktop.core.errors import MissingMedia, UsageError
from vtl_desktop.networks.vithash import ViTHashConfig
from vtl_desktop.training.augment import CHANGES, FORGERIES

T = TypeVar("T")

OBJECTIVES = ("contrastive", "csq")


@dataclass(frozen=True, slots=True)
class DataRecipe:
    """What is trained on; see `datasets.load_frames` and `sampling.Shares`.

    `procedural` counts pictures made by formula, `scenes` scenes with several takes each (see `takes`). `posted_share`
    of the second views shows frames that went through a codec or JPEG, `forged_share` forged ones; each holds all
    frames in memory once more. `most_frames` bounds what `finetune` takes into memory, 3 x `square`^2 bytes a frame;
    0: no bound.
    """

    square: int = 128
    frames_per_second: float = 5.0
    procedural: int = 1200
    scenes: int = 0
    posted_share: float = 0.0
    forged_share: float = 0.0
    retimed_share: float = 0.0
    video_share: float = 0.5
    same_clip_share: float = 0.2
    next_frame_chance: float = 0.6
    look_alike_share: float = 0.0
    look_alike_every: float = 0.1
    most_frames: int = 0


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """How long and how fast.

    The length is `seconds` of wall-clock time, or, where `steps` is above 0, so many steps on any machine, which makes
    a training repeatable. Fractions are of this length.
    """

    seconds: float = 3600
    steps: int = 0
    pairs: int = 128
    learning_rate: float = 6e-4
    weight_decay: float = 0.05
    warm_up: float = 0.03
    gradient_clip: float = 1.0
    sizes: tuple[tuple[float, int], ...] = ((0.0, 64), (0.5, 96))
    temporal_from: float = 0.92
    temporal_learning_rate: float = 3e-4
    checkpoint_seconds: float = 120


@dataclass(frozen=True, slots=True)
class ViewsRecipe:
    """How strong the views are; see `augment.schedule`.

    `source_strength` is that of the first view of a pair, which stands for the source; `first_strength` that of the
    second at the start. `graphics` counts the pictures that are laid over views (see `graphics`). `without` names
    changes that are never made, of `augment.CHANGES`, and kinds of forgery, of `augment.FORGERIES`.
    """

    source_strength: float = 0.15

    first_strength: float = 0.15
    full_strength_at: float = 0.4
    graphics: int = 0
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LossRecipe:
    """What the network is pulled towards, and the weights of the losses.

    `objective` is "contrastive" (see `objective`; the contrast has weight 1) or "csq" (see `csq`; of the weights, only
    `quantisation` counts).
    """

    objective: str = "contrastive"
    temperature: float = 0.1
    koleo: float = 0.5
    triplet: float = 0.1
    decorrelation: float = 0.1
    quantisation: float = 0.1
    triplet_from: float = 0.15
    straight_through_from: float = 0.7
    queue: int = 0
    queue_from: float = 0.2


@dataclass(frozen=True, slots=True)
class ViTHashRecipe:
    """All of `train_vithash`'s settings."""

    name: str
    seed: int
    network: ViTHashConfig
    data: DataRecipe
    training: TrainingRecipe
    views: ViewsRecipe
    losses: LossRecipe


def table(kind: type[T], values: dict[str, Any], where: str) -> T:
    known = {field.name for field in fields(kind)}  # pyright: ignore[reportArgumentType]
    unknown = sorted(set(values) - known)
    if unknown:
        raise UsageError(f"{where}: unknown setting {', '.join(unknown)}.", f"Known are: {', '.join(sorted(known))}.")
    tuples = {
        k: tuple(tuple(x) if isinstance(x, list) else x for x in v) if isinstance(v, list) else v
        for k, v in values.items()
    }
    return kind(**tuples)


def read_toml(path: Path) -> dict[str, Any]:
    """What a recipe's file says.

    Raises:
        MissingMedia: when the file is not there.
        UsageError: when it is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissingMedia(f"{path}: no such recipe.", "Name a .toml file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: no valid TOML ({error}).", "Compare it with the recipes that ship with the program."
        ) from error


def read_recipe(path: Path) -> ViTHashRecipe:
    """Reads a recipe for ViTHash.

    Raises:
        MissingMedia: when the file is not there.
        UsageError: when it is no TOML, or has a setting, objective or change that does not exist.
    """
    content = read_toml(path)
    tables = {
        "network": ViTHashConfig,
        "data": DataRecipe,
        "training": TrainingRecipe,
        "views": ViewsRecipe,
        "losses": LossRecipe,
    }
    unknown = sorted(set(content) - set(tables) - {"name", "seed"})
    if unknown:
        raise UsageError(f"{path}: unknown entry {', '.join(unknown)}.", f"Known are: {', '.join(tables)}.")
    made = {key: table(kind, content.get(key, {}), f"{path} [{key}]") for key, kind in tables.items()}
    recipe = ViTHashRecipe(name=str(content.get("name", path.stem)), seed=int(content.get("seed", 0)), **made)
    _check_words(f"{path} [losses] objective", [recipe.losses.objective], OBJECTIVES)
    _check_words(f"{path} [views] without", recipe.views.without, CHANGES + FORGERIES)
    return recipe


def _check_words(where: str, words: Iterable[str], known: tuple[str, ...]) -> None:
    unknown = [str(word) for word in words if word not in known]
    if unknown:
        raise UsageError(f"{where}: there is no {', '.join(unknown)}.", f"Known are: {', '.join(known)}.")
