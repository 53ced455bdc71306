"""Trains the compared networks on the Localizator's pairs, and finds the best settings of the plain measures there.

    python -m vtl_desktop.training.comparators.train --pairs DIR --out DIR [--recipe FILE] [--only dmac,dmvn,plain]

DIR of --pairs is what `vtl-desktop train localizator` leaves in OUT/pairs. Written: OUT/dmac.safetensors,
OUT/dmvn.safetensors and OUT/plain.json. Run again with the same folder, it goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import cv2

from vtl_desktop.core.errors import VtlError
from vtl_desktop.networks.weights import save_weights
from vtl_desktop.training.comparators.best_settings import best_settings
from vtl_desktop.training.comparators.learned import MATCHERS
from vtl_desktop.training.comparators.recipe import ComparatorRecipe, default_recipe, read_comparator_recipe
from vtl_desktop.training.comparators.trainer import MatcherTrainer, pair_files

PLAIN = "plain"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; exit status 2 where it cannot run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True, help="folder with the Localizator's training pairs")
    parser.add_argument("--out", type=Path, required=True, help="for weights, checkpoints and settings")
    parser.add_argument("--recipe", type=Path, default=default_recipe())
    parser.add_argument("--only", default=",".join((PLAIN, *MATCHERS)), help="which to make, with commas between")
    given = parser.parse_args(arguments)
    try:
        recipe = read_comparator_recipe(given.recipe)
        for name in given.only.split(","):
            make = write_plain if name == PLAIN else train
            sys.stdout.write(f"wrote {make(name, recipe, given.pairs, given.out)}\n")
    except VtlError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def write_plain(name: str, recipe: ComparatorRecipe, pairs: Path, out: Path) -> Path:
    """Finds the best settings of the plain measures, and writes them as JSON.

    Raises:
        MissingMedia: there are no pairs.
    """
    files = pair_files(pairs, recipe.suspects)
    found = best_settings(files[:: max(len(files) // recipe.settings_pairs, 1)])
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.json"
    path.write_text(json.dumps({key: asdict(setting) for key, setting in found.items()}, indent=1), encoding="utf-8")
    return path


def train(name: str, recipe: ComparatorRecipe, pairs: Path, out: Path) -> Path:
    """Trains one of `learned.MATCHERS` and writes its weights.

    Raises:
        UsageError: there is none of this name.
        MissingMedia: there are no pairs.
        WeightsError: the checkpoint in `out` is damaged, or another network's.
    """
    trainer = MatcherTrainer(name, recipe, pairs)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint, weights = out / f"{name}.pt", out / f"{name}.safetensors"
    if checkpoint.is_file():
        trainer.restore(checkpoint)

    def say(_: float, text: str) -> None:
        sys.stdout.write(f"{name}, {time.process_time():.0f} s of processor time, {text}\n")
        sys.stdout.flush()

    trainer.run(checkpoint, say)
    save_weights(trainer.mean, weights, kind=name, config={})
    return weights


if __name__ == "__main__":
    cv2.setNumThreads(1)
    sys.exit(main())
