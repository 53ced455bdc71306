"""What each part of the training is worth: the same training with one part left out, or added, a variant each.

All variants have the same data, start, seed and number of steps, so that what they differ in is the part alone. Weights
are written; measuring them is another command.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from vtl_desktop.core.errors import UsageError, VtlError, WeightsError
from vtl_desktop.core.jobs import Progress, no_progress, part_of
from vtl_desktop.networks.weights import load_manifest, verify
from vtl_desktop.training.datasets import FrameStore
from vtl_desktop.training.forgery import FORGERY_KINDS
from vtl_desktop.training.recipe import ViTHashRecipe, read_recipe
from vtl_desktop.training.train_vithash import (
    CHECKPOINT,
    decoded,
    default_recipe,
    pick_device,
    started_network,
    train_on,
    whole_store,
)
from vtl_desktop.training.trainer import Trainer

STEPS_TIMED = 12
NEVER = 2.0
"""A fraction of the training that never comes."""

Variant = Callable[[ViTHashRecipe], ViTHashRecipe]


def _losses(**changed: Any) -> Variant:
    return lambda recipe: replace(recipe, losses=replace(recipe.losses, **changed))


def _data(**changed: Any) -> Variant:
    return lambda recipe: replace(recipe, data=replace(recipe.data, **changed))


def _network(**changed: Any) -> Variant:
    return lambda recipe: replace(recipe, network=replace(recipe.network, **changed))


def _without(*changes: str) -> Variant:
    return lambda recipe: replace(recipe, views=replace(recipe.views, without=(*recipe.views.without, *changes)))


VARIANTS: dict[str, Variant] = {
    "full": lambda recipe: recipe,
    "no_koleo": _losses(koleo=0.0),
    "no_triplet": _losses(triplet=0.0),
    "no_decorrelation": _losses(decorrelation=0.0),
    "no_quantisation": _losses(quantisation=0.0),
    "no_straight_through": _losses(straight_through_from=NEVER),
    "queue": _losses(queue=1024),
    "no_look_alikes": _data(look_alike_share=0.0),
    "no_layout": _network(layout=0),
    "no_takes": _data(scenes=0),
    "no_twins": _data(posted_share=0.0, forged_share=0.0),
    "no_caption": _without("caption", "graphics"),
    "no_perspective": _without("perspective", "moire"),
    "no_crop": _without("crop"),
    "no_splice": _without("splice"),
    "no_removal": _without("removal"),
    "csq": _losses(objective="csq", quantisation=0.05),
}


def ablate(
    recipe: Path,
    *,
    media: Path,
    out: Path,
    variants: Sequence[str],
    seconds: float = 0.0,
    steps: int = 0,
    device: str = "auto",
    pretrained: str | None = None,
    progress: Progress = no_progress,
) -> list[Path]:
    """Trains variants of a recipe, one after the other; those that are there already are left as they are.

    Args:
        recipe: a TOML file; its length does not count.
        media: the folder with `train/` and `train_images/`.
        out: a folder a variant is made in there, with weights and manifest, and `ablation.json` with what they share.
        variants: names, of `VARIANTS`.
        seconds: about how long one variant takes on this machine; how many steps that is, is timed at the first run.
        steps: of each variant, instead of `seconds`.
        device: "auto", "cpu" or "cuda".
        pretrained: what all of them start from, see `start.load_start`; by default from chance, the same for all.
        progress: told the fraction that is over.

    Returns:
        The .safetensors files, in the order of `variants`.

    Raises:
        UsageError: a variant, recipe or device that there is not; no length; `out` holds variants made otherwise.
        MissingMedia: nothing to train on.
        WeightsError: weights to start from that do not fit; a damaged checkpoint.
    """
    unknown = [name for name in variants if name not in VARIANTS]
    if unknown or not variants:
        raise UsageError(f"No variant {', '.join(unknown)}.", f"There are: {', '.join(VARIANTS)}.")
    settings, where = read_recipe(recipe), pick_device(device)
    store = decoded(settings, media, out, progress)
    shared = {
        "recipe": settings.name,
        "recipe_sha256": hashlib.sha256(recipe.read_bytes()).hexdigest(),
        "pretrained": pretrained or "",
    }
    steps = _agreed_steps(out / "ablation.json", shared, steps, lambda: _steps_in(seconds, settings, store, where, out))
    made = []
    stores = _Stores(store)
    for number, name in enumerate(variants):
        said = part_of(progress, number / len(variants), (number + 1) / len(variants))
        said(0.0, name)
        made.append(_train(name, settings, steps, stores, out / name, where, pretrained, said))
    return made


class _Stores:
    """What variants train on, made anew only where a variant's data differ from those of the one before."""

    def __init__(self, plain: FrameStore) -> None:
        self.plain = plain
        self._made: tuple[object, FrameStore] | None = None

    def of(self, recipe: ViTHashRecipe) -> FrameStore:
        data, views = recipe.data, recipe.views
        forgeries = set(FORGERY_KINDS).difference(views.without) if data.forged_share else set()
        key = (data.procedural, data.scenes, data.posted_share > 0, recipe.seed, frozenset(forgeries))
        if self._made is None or self._made[0] != key:
            self._made = None
            self._made = (key, whole_store(self.plain, recipe))
        return self._made[1]


def _train(
    name: str,
    recipe: ViTHashRecipe,
    steps: int,
    stores: _Stores,
    out: Path,
    device: torch.device,
    pretrained: str | None,
    progress: Progress,
) -> Path:
    if (made := _made(out, steps)) is not None:
        return made
    varied = VARIANTS[name](replace(recipe, training=replace(recipe.training, steps=steps)))
    varied = replace(varied, name=f"{recipe.name}, {name}")
    network, origin = started_network(varied, pretrained) if pretrained is not None else (None, {})
    weights = train_on(
        varied,
        stores.plain,
        whole=stores.of(varied),
        out=out,
        device=device,
        network=network,
        origin=origin,
        details={"variant": name},
        progress=progress,
    )
    (out / CHECKPOINT).unlink()
    return weights


def _made(out: Path, steps: int) -> Path | None:
    """The weights of a variant that was trained to its end."""
    try:
        entry = load_manifest(out).entry("vithash")
        return verify(entry) if entry.details.get("steps") == steps else None
    except WeightsError:
        return None


def _agreed_steps(path: Path, shared: dict[str, str], steps: int, timed: Callable[[], int]) -> int:
    """The number of steps of all variants in a folder: as noted there, else as asked for, else as timed."""
    if path.is_file():
        noted = json.loads(path.read_text(encoding="utf-8"))
        if {key: noted.get(key) for key in shared} != shared or (steps and steps != noted["steps"]):
            raise UsageError(
                f"{path.parent}: holds variants of another recipe, start or number of steps.", "Choose another folder."
            )
        return int(noted["steps"])
    steps = steps or timed()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**shared, "steps": steps}, indent=1) + "\n", encoding="utf-8")
    return steps


def _steps_in(seconds: float, recipe: ViTHashRecipe, store: FrameStore, device: torch.device, out: Path) -> int:
    """How many steps of the full recipe take so long here."""
    if seconds <= 0:
        raise UsageError("No length for the variants.", "Give --seconds or --steps.")
    # Looking for look-alikes would weigh far more in a few steps than it does in a training.
    timed = replace(
        recipe,
        training=replace(recipe.training, steps=STEPS_TIMED),
        data=replace(recipe.data, look_alike_share=0.0),
    )
    trainer = Trainer(timed, whole_store(store, recipe), device)
    draft = out / "timed.pt"
    trainer.run(draft, no_progress)
    draft.unlink()
    return max(1, round(seconds * trainer.step / trainer.elapsed))


def main() -> None:
    """`python -m vtl_desktop.training.ablation --media DIR --out DIR --seconds N [--variants all|NAME,...]`."""
    parser = argparse.ArgumentParser(description="Trains a recipe with one part left out, a variant each.")
    parser.add_argument("--media", type=Path, required=True, help="folder with train/ and train_images/")
    parser.add_argument("--out", type=Path, required=True, help="folder for the variants; run again to go on")
    parser.add_argument("--recipe", type=Path, default=default_recipe(), help="the one for a CPU if not given")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--seconds", type=float, default=0.0, help="about how long one variant takes")
    length.add_argument("--steps", type=int, default=0, help="of each variant")
    parser.add_argument("--variants", default="all", help=f"all, or some of: {', '.join(VARIANTS)}")
    parser.add_argument("--pretrained", help="timm or a file, as for train vithash")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    asked = parser.parse_args()
    try:
        made = ablate(
            asked.recipe,
            media=asked.media,
            out=asked.out,
            variants=list(VARIANTS) if asked.variants == "all" else asked.variants.split(","),
            seconds=asked.seconds,
            steps=asked.steps,
            device=asked.device,
            pretrained=asked.pretrained,
            progress=lambda fraction, message: print(f"{fraction:4.0%}  {message}", file=sys.stderr),  # noqa: T201
        )
    except VtlError as error:
        sys.exit(f"Error: {error}")
    sys.stdout.writelines(f"{path}\n" for path in made)


if __name__ == "__main__":
    main()
