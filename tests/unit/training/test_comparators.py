"""The methods that the Localizator is compared with: what they mark, that they learn, and their training's command."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from vtl_desktop.core.errors import MissingMedia, UsageError, WeightsError
from vtl_desktop.core.localization import CHANGED_THRESHOLD
from vtl_desktop.networks.localizator import Localizator, LocalizatorConfig
from vtl_desktop.networks.marking import Marker
from vtl_desktop.training.comparators import train as training
from vtl_desktop.training.comparators.best_settings import FOUND, MEASURES, Setting, best_settings, ious
from vtl_desktop.training.comparators.comparator import (
    Comparator,
    FittedDifference,
    Thresholded,
    WithLocalizator,
    grey,
)
from vtl_desktop.training.comparators.correlation import MAPS, TOP, pooled_correlation
from vtl_desktop.training.comparators.learned import MATCHERS, Learned, new_matcher
from vtl_desktop.training.comparators.measures import difference, dissimilarity
from vtl_desktop.training.comparators.recipe import ComparatorRecipe, default_recipe, read_comparator_recipe
from vtl_desktop.training.evaluation.mask_scores import iou
from vtl_desktop.vision.laying import LaidOver

HEIGHT, WIDTH = 96, 144
FORGED = (slice(30, 70), slice(50, 110))


def picture(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(30, 220, (HEIGHT // 8, WIDTH // 8, 3), dtype=np.uint8)
    return np.clip(
        cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).astype(int)
        + rng.integers(-20, 20, (HEIGHT, WIDTH, 3)),
        0,
        255,
    ).astype(np.uint8)


def pair(*, forged: bool, seed: int = 0) -> tuple[LaidOver, np.ndarray]:
    """A noisy copy, with a region replaced or not; and what was changed."""
    source, changed = picture(seed), np.zeros((HEIGHT, WIDTH), bool)
    noise = np.random.default_rng(seed + 50).normal(0, 2, source.shape)
    suspect = np.clip(source + noise, 0, 255).astype(np.uint8)
    if forged:
        changed[FORGED] = True
        suspect[changed] = picture(seed + 100)[changed]
    return LaidOver(suspect, source, np.ones((HEIGHT, WIDTH), bool)), changed


def stored(folder: Path, count: int) -> None:
    """Training pairs as they are kept: forged ones."""
    folder.mkdir()
    for number in range(count):
        laid, changed = pair(forged=True, seed=number)
        masks = np.stack([np.zeros_like(changed), changed], 2) * np.uint8(255)
        frame = np.concatenate([laid.suspect, laid.source, np.full((HEIGHT, WIDTH, 1), 255, np.uint8), masks], 2)
        np.save(folder / f"{number:06d}-splice.npy", np.stack([np.stack([frame] * 4)] * 3))


@pytest.mark.parametrize(
    "method",
    [*(FOUND[name].comparator(name) for name in MEASURES), FittedDifference()],
    ids=[*MEASURES, "fitted difference"],
)
def test_a_change_is_marked_and_a_copy_is_not(method: Comparator) -> None:
    (forged, changed), (copy, _) = pair(forged=True), pair(forged=False)
    marked, clean = method.mark([forged, copy])
    assert marked.dtype == np.uint8
    assert marked.shape == changed.shape
    assert iou(marked, changed) > 0.5
    assert (clean > CHANGED_THRESHOLD).mean() < 0.01


@pytest.mark.parametrize("measure", [difference(2.0), dissimilarity(1.5)])
def test_nothing_is_said_where_the_source_has_no_pixels(measure) -> None:
    laid, _ = pair(forged=True)
    inside = np.zeros_like(laid.inside)
    inside[:, :40] = True
    mask = Thresholded(measure, 0.001).mark([LaidOver(laid.suspect, laid.source, inside)])[0]
    assert not mask[:, 40:].any()


def test_equal_pictures_are_alike_in_every_measure() -> None:
    source, inside = picture(1), np.ones((HEIGHT, WIDTH), bool)
    for make, parameters, _ in MEASURES.values():
        for parameter in parameters:
            assert np.abs(make(parameter)(source, source, inside)).max() < 1e-3
    # Of opposite structure: SSIM below 0.
    assert dissimilarity(1.5)(source, 255 - source, inside).max() > 1


def test_grey_is_above_the_middle_just_where_the_threshold_is_passed() -> None:
    values = np.array([[0, 4.999, 5, 5.0001, 9, 40]], np.float32)
    assert (grey(values, 5.0) > CHANGED_THRESHOLD).tolist() == [[False, False, False, True, True, True]]
    assert grey(values, 5.0)[0, -1] == 255
    just_above = np.nextafter(np.float32(0.7), np.float32(1))
    assert grey(np.array([[0.7, just_above]], np.float32), float(np.float32(0.7))).tolist() == [[127, 128]]


def test_ious_of_many_thresholds_are_those_of_each() -> None:
    rng = np.random.default_rng(0)
    values, changed = rng.integers(0, 9, (20, 30)).astype(np.float32), rng.random((20, 30)) > 0.6
    thresholds = np.arange(-1, 10.0)
    expected = [((values > t) & changed).sum() / ((values > t) | changed).sum() for t in thresholds]
    assert ious(values, changed, thresholds) == pytest.approx(expected)


def test_the_best_settings_mark_the_training_pairs(tmp_path: Path) -> None:
    stored(tmp_path / "pairs", 3)
    found = best_settings(sorted((tmp_path / "pairs").glob("*.npy")))
    for name, setting in found.items():
        laid, changed = pair(forged=True, seed=7)
        assert setting.iou > 0.6
        assert iou(setting.comparator(name).mark([laid])[0], changed) > 0.6


def test_correlation_is_that_of_every_place_with_every_other() -> None:
    rng = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 5, 4, 6, generator=rng), torch.randn(2, 5, 4, 6, generator=rng)
    found = pooled_correlation(first, second)
    assert found.shape == (2, MAPS, 4, 6)
    a, b = (x / x.norm(dim=1, keepdim=True) for x in (first, second))
    every = torch.einsum("nchw,nckl->nhwkl", a, b)
    torch.testing.assert_close(found[:, 0], every.amax((3, 4)))
    torch.testing.assert_close(found[:, 1], every.mean((3, 4)))
    by_offset = torch.stack(
        [(a * b.roll((-down, -right), (2, 3))).sum(1) for down in range(4) for right in range(6)], 1
    )
    order = by_offset.sum((2, 3)).argsort(1, descending=True)[:, :TOP]
    torch.testing.assert_close(found[:, 2:], torch.stack([m[o] for m, o in zip(by_offset, order, strict=True)]))


def test_a_moved_picture_is_found_at_its_offset_and_itself_at_no_other() -> None:
    picture = torch.randn(1, 16, 8, 8, generator=torch.Generator().manual_seed(1))
    moved = pooled_correlation(picture, picture.roll((2, 3), (2, 3)))
    torch.testing.assert_close(moved[:, 2], torch.ones(1, 8, 8))
    itself = pooled_correlation(picture, picture, itself=True)
    assert itself[:, 0].max() < 0.99
    assert itself[:, 2:].max() < 0.99


@pytest.mark.parametrize("name", MATCHERS)
def test_matchers_learn_one_pair_by_heart(name: str) -> None:
    torch.manual_seed(0)
    network = new_matcher(name)
    assert 0.3e6 < sum(p.numel() for p in network.parameters()) < 3e6
    laid, changed = pair(forged=True)
    suspect, source = (
        torch.from_numpy(p).permute(2, 0, 1)[None].float() / 127.5 - 1 for p in (laid.suspect, laid.source)
    )
    truth = torch.from_numpy(changed)[None, None].float()
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    losses = []
    for step in range(25):
        logits = network(suspect, source)
        assert logits.shape == (1, 1, HEIGHT, WIDTH)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, truth)
        optimiser.zero_grad()
        loss.backward()
        if step == 0:
            assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.4 * losses[0]


def test_matchers_take_any_size(tmp_path: Path) -> None:
    laid, _ = pair(forged=True)
    inside = laid.inside.copy()
    inside[:, -20:] = False
    odd = LaidOver(laid.suspect[:75, :101], laid.source[:75, :101], inside[:75, :101])
    for name in MATCHERS:
        masks = Learned(new_matcher(name)).mark([odd, odd])
        assert [m.shape for m in masks] == [(75, 101)] * 2
        assert np.array_equal(*masks)
        assert not masks[0][~odd.inside].any()


def test_the_localizator_is_shown_windows() -> None:
    torch.manual_seed(0)
    config = LocalizatorConfig(widths=(8, 8, 16, 20), depths=(1, 1, 1))
    method = WithLocalizator(Marker(Localizator(config), weights_digest="", device=torch.device("cpu")))
    pairs = [pair(forged=True, seed=seed)[0] for seed in range(6)]
    masks = method.mark(pairs)
    assert len(masks) == 6
    for alone, beside in zip(method.mark(pairs[4:]), masks[4:], strict=True):
        assert np.array_equal(alone, beside)


def test_training_by_command_goes_on_and_is_the_same_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored(tmp_path / "pairs", 2)
    recipe = tmp_path / "tiny.toml"

    def trained(out: str, steps: int, only: str = "dmac,dmvn,plain") -> Path:
        recipe.write_text(f"steps = {steps}\nbatch = 1\nframes = 2\ncrop = 48\ncheckpoint_seconds = 0\n")
        given = ["--pairs", str(tmp_path / "pairs"), "--out", str(tmp_path / out), "--recipe", str(recipe)]
        assert training.main([*given, "--only", only]) == 0
        return tmp_path / out

    first = trained("first", 2)
    for name in MATCHERS:
        assert len(Learned.load(name, first / f"{name}.safetensors").mark([pair(forged=True)[0]])) == 1
    assert Setting(**json.loads((first / "plain.json").read_text())["ssim"]).iou > 0.5
    again = trained("again", 2, "dmvn")
    assert (again / "dmvn.safetensors").read_bytes() == (first / "dmvn.safetensors").read_bytes()
    trained("again", 3, "dmvn")
    assert torch.load(again / "dmvn.pt", weights_only=True)["step"] == 3
    assert (again / "dmvn.safetensors").read_bytes() != (first / "dmvn.safetensors").read_bytes()
    with pytest.raises(WeightsError):
        Learned.load("dmac", first / "dmvn.safetensors")
    assert training.main(["--pairs", str(tmp_path), "--out", str(tmp_path / "none")]) == 2
    assert "no training pairs" in capsys.readouterr().err
    with pytest.raises(UsageError, match="no comparator vgg"):
        new_matcher("vgg")


def test_recipes_are_read_strictly(tmp_path: Path) -> None:
    shipped = read_comparator_recipe(default_recipe())
    assert shipped == ComparatorRecipe()
    path = tmp_path / "recipe.toml"
    with pytest.raises(MissingMedia, match="no such recipe"):
        read_comparator_recipe(path)
    path.write_text("speed = 3\n")
    with pytest.raises(UsageError, match="unknown setting speed"):
        read_comparator_recipe(path)
    path.write_text("= 3")
    with pytest.raises(UsageError, match="no valid TOML"):
        read_comparator_recipe(path)
