from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
import torch

from vtl_desktop.core.errors import UsageError
from vtl_desktop.networks.weights import load_manifest, verify
from vtl_desktop.training import ablation, trainer
from vtl_desktop.training.ablation import VARIANTS, ablate
from vtl_desktop.training.recipe import ViTHashRecipe, read_recipe
from vtl_desktop.training.train_vithash import default_recipe

RECIPE = """
name = "tiny"
[network]
input_size = 32
bits = 64
[data]
square = 32
procedural = 4
[training]
pairs = 4
sizes = [[0.0, 32]]
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(RECIPE)
    return path


def settings_of(recipe: ViTHashRecipe) -> dict[str, object]:
    return {
        f"{part}.{name}": getattr(getattr(recipe, part), name)
        for part in ("network", "data", "training", "views", "losses")
        for name in getattr(recipe, part).__dataclass_fields__
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_differs_from_the_recipe_in_its_part_alone(name: str) -> None:
    recipe = read_recipe(default_recipe())
    plain, varied = settings_of(recipe), settings_of(VARIANTS[name](recipe))
    changed = {key: value for key, value in varied.items() if value != plain[key]}
    wanted = {
        "full": {},
        "no_koleo": {"losses.koleo": 0},
        "no_triplet": {"losses.triplet": 0},
        "no_decorrelation": {"losses.decorrelation": 0},
        "no_quantisation": {"losses.quantisation": 0},
        "no_straight_through": {"losses.straight_through_from": 2},
        "queue": {"losses.queue": 1024},
        "no_look_alikes": {"data.look_alike_share": 0},
        "no_layout": {"network.layout": 0},
        "no_takes": {"data.scenes": 0},
        "no_twins": {"data.posted_share": 0, "data.forged_share": 0},
        "no_caption": {"views.without": ("caption", "graphics")},
        "no_perspective": {"views.without": ("perspective", "moire")},
        "no_crop": {"views.without": ("crop",)},
        "no_splice": {"views.without": ("splice",)},
        "no_removal": {"views.without": ("removal",)},
        "csq": {"losses.objective": "csq", "losses.quantisation": 0.05},
    }
    assert changed == wanted[name]


def test_variants_are_trained_for_the_same_steps_and_not_twice(
    tmp_path: Path, media: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    (first,) = ablate(recipe, media=media, out=out, variants=["no_koleo"], steps=2, device="cpu")
    entry = load_manifest(out / "no_koleo").entry("vithash")
    assert verify(entry) == first
    assert (entry.details["steps"], entry.details["variant"]) == (2, "no_koleo")
    assert not (out / "no_koleo" / "checkpoint.pt").exists()
    trained: list[str] = []
    train_on = ablation.train_on

    def watched(varied: ViTHashRecipe, *arguments: object, **more: object) -> Path:
        trained.append(varied.name)
        assert varied.training.steps == 2
        return train_on(varied, *arguments, **more)

    monkeypatch.setattr(ablation, "train_on", watched)
    both = ablate(recipe, media=media, out=out, variants=["no_koleo", "csq"], seconds=1000, device="cpu")
    assert both == [first, out / "csq" / "vithash.safetensors"]
    assert trained == ["tiny, csq"]
    with pytest.raises(UsageError, match="another recipe, start or number of steps"):
        ablate(recipe, media=media, out=out, variants=["full"], steps=3, device="cpu")
    recipe.write_text(RECIPE.replace("pairs = 4", "pairs = 5"))
    with pytest.raises(UsageError, match="another recipe, start or number of steps"):
        ablate(recipe, media=media, out=out, variants=["full"], steps=2, device="cpu")


def test_a_stopped_variant_goes_on(tmp_path: Path, media: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class StopError(Exception):
        pass

    said: list[str] = []

    def stop_at_step_2(fraction: float, message: str) -> None:
        said.append(message)
        if "step 2 " in message and sum("step 2 " in earlier for earlier in said) == 1:
            raise StopError

    monkeypatch.setattr(trainer, "LOG_EVERY", 1)
    recipe.write_text(RECIPE.replace("pairs = 4", "pairs = 4\ncheckpoint_seconds = 0.0"))
    out = tmp_path / "out"
    for stopped in (True, False):
        with pytest.raises(StopError) if stopped else contextlib.nullcontext():
            ablate(recipe, media=media, out=out, variants=["full"], steps=3, device="cpu", progress=stop_at_step_2)
    steps = [line.split()[1] for line in said if line.startswith("step")]
    assert steps == ["1", "2", "2", "3"]
    assert load_manifest(out / "full").entry("vithash").details["steps"] == 3


def test_seconds_become_steps_by_timing(tmp_path: Path, media: Path, recipe: Path) -> None:
    out = tmp_path / "out"
    said: list[str] = []
    ablate(
        recipe,
        media=media,
        out=out,
        variants=["full"],
        seconds=0.4,
        device="cpu",
        progress=lambda _, message: said.append(message),
    )
    steps = load_manifest(out / "full").entry("vithash").details["steps"]
    assert 1 <= steps < 100
    assert not (out / "timed.pt").exists()
    assert "full" in said


def test_what_there_is_not_is_named(tmp_path: Path, media: Path, recipe: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(UsageError, match="No variant no_luck") as refused:
        ablate(recipe, media=media, out=out, variants=["full", "no_luck"], steps=1, device="cpu")
    assert "no_koleo" in refused.value.hint
    with pytest.raises(UsageError, match="No length"):
        ablate(recipe, media=media, out=out, variants=["full"], device="cpu")
    assert not (out / "full").exists()


def test_all_variants_start_alike(recipe: Path) -> None:
    from vtl_desktop.training.datasets import FrameStore
    from vtl_desktop.training.trainer import Trainer

    store = FrameStore(torch.zeros(6, 32, 32, 3, dtype=torch.uint8).numpy(), torch.arange(6).int().numpy(), 5.0)
    starts = [
        Trainer(VARIANTS[name](read_recipe(recipe)), store, torch.device("cpu")).network.state_dict()
        for name in ("full", "csq")
    ]
    assert all(torch.equal(value, starts[1][name]) for name, value in starts[0].items())
