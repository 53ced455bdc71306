"""Training of the Localizator: forgeries with true masks, registered pairs, crops, losses, and going on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from vtl_desktop.core.errors import MissingMedia, UsageError, WeightsError
from vtl_desktop.media.writers import write_video
from vtl_desktop.networks.localizator import CHANNELS, LocalizatorConfig
from vtl_desktop.networks.marking import Marker
from vtl_desktop.training.forgery.copies import coding, copied
from vtl_desktop.training.forgery.edits import FILLS, UNSEEN, forge
from vtl_desktop.training.forgery.overlays import lay_over
from vtl_desktop.training.forgery.shapes import forged_regions
from vtl_desktop.training.graphics import graphics
from vtl_desktop.training.localizator_data import PairCrops
from vtl_desktop.training.localizator_losses import mask_loss
from vtl_desktop.training.localizator_pairs import CHANNELS as STORED
from vtl_desktop.training.localizator_pairs import EXAMPLES, TOGETHER, PairMaker
from vtl_desktop.training.localizator_recipe import LocalizatorTraining, read_localizator_recipe
from vtl_desktop.training.train_localizator import default_localizator_recipe, train_localizator

SMALL = LocalizatorConfig(widths=(8, 8, 16, 20), depths=(1, 1, 1), heads=5)


def scene(seed: int, count: int = 40, height: int = 180, width: int = 240) -> np.ndarray:
    """A picture full of discs over which one runs: uint8 [count, height, width, 3]."""
    rng = np.random.default_rng(seed)
    still = cv2.resize(rng.integers(60, 180, (height // 20, width // 20, 3), dtype=np.uint8), (width, height))
    for _ in range(60):
        place = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        colour = tuple(float(v) for v in rng.integers(20, 235, 3))
        cv2.circle(still, place, int(rng.integers(3, 14)), colour, -1, cv2.LINE_AA)
    frames = []
    for number in range(count):
        frame = still.copy()
        cv2.circle(frame, (10 + 5 * number, height // 2), 10, (250, 240, 60), -1, cv2.LINE_AA)
        frames.append(frame)
    return np.stack(frames)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    for name in ("train", "train_images"):
        (folder / name).mkdir()
    for seed in range(2):
        write_video(folder / "train" / f"clip{seed}.mp4", list(scene(seed)), 20, options={"crf": "20"})
        cv2.imwrite(str(folder / "train_images" / f"picture{seed}.jpg"), scene(seed + 5, 1)[0])
    return folder


@pytest.mark.parametrize("name", sorted(FILLS))
def test_a_forgery_changes_what_its_mask_says(name: str) -> None:
    frames, other = scene(1, 3), scene(2, 3)
    rng = np.random.default_rng(3)
    masks = np.zeros(frames.shape[:3], bool)
    masks[:, 50:120, 60:150] = True
    forged, made = forge(frames, other, masks, rng, only=(name,))
    assert made == name
    assert forged.shape == frames.shape
    apart = np.abs(forged.astype(int) - frames).max(3) > 12
    assert apart[masks].mean() > 0.03
    # A feathered edge reaches a few pixels out, not further.
    far = cv2.dilate(masks[0].astype(np.uint8), np.ones((41, 41), np.uint8)) == 0
    assert not apart[:, far].any()


def test_means_that_are_kept_for_tests_are_never_drawn() -> None:
    frames, rng = scene(1, 2), np.random.default_rng(0)
    masks = np.zeros(frames.shape[:3], bool)
    masks[:, 50:90, 60:100] = True
    drawn = {forge(frames, frames, masks, rng)[1] for _ in range(120)}
    assert drawn == set(FILLS) - set(UNSEEN)


def test_regions_move_and_lie_in_the_picture() -> None:
    shares = []
    for seed in range(40):
        regions = forged_regions(12, 90, 160, np.random.default_rng(seed))
        assert regions.shape == (12, 90, 160)
        shares.append(regions.mean())
    assert 0.005 < np.median(shares) < 0.25


def test_graphics_cover_what_is_said_and_nothing_else() -> None:
    frames, bank = scene(1, 3), graphics(8, 48, 0)
    for seed in range(12):
        out, covered = lay_over(frames, scene(2, 3), bank, np.random.default_rng(seed))
        assert covered.shape == frames.shape[:3]
        far = np.stack([cv2.dilate(c.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0 for c in covered])
        apart = np.abs(out.astype(int) - frames).max(3)
        # What is nearly clear, the soft edge of a letter, counts as uncovered.
        assert (apart[far] > 80).mean() < 0.002


def test_masks_go_where_their_frames_go() -> None:
    """A bright square and its mask go through crops, turns, scales and mirroring together."""
    for seed in range(25):
        frames = np.full((2, 180, 240, 3), 40, np.uint8)
        masks = np.zeros((2, 180, 240, 2), np.uint8)
        frames[:, 70:110, 100:150], masks[:, 70:110, 100:150, 1] = 220, 255
        out, placed, _ = copied(frames, masks, np.random.default_rng(seed))
        assert out.shape[:3] == placed.shape[:3]
        assert out.shape[1] % 2 == out.shape[2] % 2 == 0
        marked = placed[0, ..., 1] > 127
        if not marked.any():
            continue
        inner = cv2.erode(marked.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        grey = out[0].mean(2)
        assert np.median(grey[inner]) > np.median(grey[~marked]) + 20
        assert not placed[0, ..., 0].any()


def test_codings_are_drawn_from_several_codecs() -> None:
    rng = np.random.default_rng(0)
    assert {coding(rng).codec for _ in range(60)} == {"libx264", "mpeg4", "libvpx-vp9"}


def test_a_pair_is_registered_and_its_truth_marks_what_differs(media: Path) -> None:
    maker = PairMaker(media, 0)
    made = [pairs for number in range(12) if (pairs := maker.make(number)) is not None]
    assert len(made) >= 8
    for pairs in made:
        assert pairs.frames.shape[:2] == (EXAMPLES, TOGETHER)
        assert pairs.frames.shape[-1] == STORED
    apart, alike = [], []
    for pairs in made:
        frames = pairs.frames.astype(int)
        inside, true = frames[..., 6] > 127, frames[..., 7:].max(-1) > 127
        assert not true[~inside].any()
        difference = np.abs(frames[..., :3] - frames[..., 3:6]).mean(-1)
        alike.append(np.median(difference[inside & ~true]))
        if true.sum() > 500 and pairs.made in ("splice", "swap", "clone"):
            apart.append(difference[true].mean() / (difference[inside & ~true].mean() + 1))
    assert np.median(alike) < 8
    assert not apart or np.median(apart) > 2


def test_the_same_number_gives_the_same_pair(media: Path) -> None:
    first, again = (PairMaker(media, 0).make(1) for _ in range(2))
    assert first is not None
    assert again is not None
    assert np.array_equal(first.frames, again.frames)


def test_a_folder_without_media_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingMedia, match="no videos in train"):
        PairMaker(tmp_path, 0)


def stored(folder: Path, count: int = 2) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for number in range(count):
        frames = np.zeros((EXAMPLES, TOGETHER, 80, 100, STORED), np.uint8)
        frames[..., :6] = np.tile(rng.integers(60, 180, (80, 100, 3), dtype=np.uint8), 2)
        frames[..., 6] = 255
        frames[..., 20:50, 30:70, :3] = rng.integers(0, 255, 3)
        frames[..., 20:50, 30:70, 8] = 255
        np.save(folder / f"{number:06d}-splice.npy", frames)
    return sorted(folder.glob("*.npy"))


def test_crops_keep_picture_and_truth_together(tmp_path: Path) -> None:
    crops = PairCrops(stored(tmp_path), misplaced=0.5)
    rng = np.random.default_rng(0)
    images, truth, inside = crops.batch(6, 64, rng)
    assert images.shape == (6, TOGETHER, CHANNELS, 64, 64)
    assert truth.shape == (6, TOGETHER, 2, 64, 64)
    assert bool(inside.all())
    assert not bool(truth[:, :, 0].any())
    changed = truth[:, :, 1] > 0
    apart = images[:, :, 6:9].abs().mean(2)
    assert float(apart[changed].mean()) > 5 * float(apart[~changed].mean())


def test_a_right_mask_costs_less_than_a_wrong_one() -> None:
    truth = torch.zeros(1, 3, 2, 32, 32)
    truth[..., 1, 8:20, 8:20] = 1
    inside = torch.ones(1, 3, 1, 32, 32, dtype=torch.bool)
    right, watched = mask_loss((truth - 0.5) * 12, truth, inside, 1.0)
    wrong, _ = mask_loss((0.5 - truth) * 12, truth, inside, 1.0)
    other, _ = mask_loss(((truth - 0.5) * 12).flip(2), truth, inside, 1.0)
    shaking = (truth - 0.5) * 12
    shaking[:, 1] = -6
    shaky, _ = mask_loss(shaking, truth, inside, 1.0)
    assert right < shaky < wrong
    # Graphics taken for altered content cost something, though the place is right.
    assert right < other
    assert watched["iou"] == pytest.approx(1)


def test_what_lies_outside_the_source_costs_nothing() -> None:
    truth, inside = torch.zeros(1, 1, 2, 16, 16), torch.ones(1, 1, 1, 16, 16, dtype=torch.bool)
    inside[..., :8] = False
    logits = torch.full((1, 1, 2, 16, 16), -8.0)
    loud = logits.clone()
    loud[..., :8] = 8
    torch.testing.assert_close(mask_loss(logits, truth, inside, 1.0)[0], mask_loss(loud, truth, inside, 1.0)[0])


def test_trains_goes_on_and_ships(media: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.toml"
    text = """
    name = "tiny"
    seed = 3
    [network]
    widths = [8, 8, 16, 20]
    depths = [1, 1, 1]
    heads = 5
    [training]
    seconds = {seconds}
    suspects = 2
    batch = 2
    crop = 48
    wide_crop = 64
    """
    out = tmp_path / "run"
    stored(out / "pairs")
    recipe.write_text(text.format(seconds=2))
    said: list[str] = []
    path = train_localizator(recipe, media=media, out=out, device="cpu", progress=lambda share, text: said.append(text))
    assert Marker.load(device="cpu", weights=path).frames == 4
    assert 'recipe = "tiny"' in (out / "manifest.toml").read_text()
    steps = torch.load(out / "checkpoint.pt", weights_only=True)["step"]
    recipe.write_text(text.format(seconds=4))
    train_localizator(recipe, media=media, out=out, device="cpu")
    assert torch.load(out / "checkpoint.pt", weights_only=True)["step"] > steps
    (out / "checkpoint.pt").write_bytes(b"no checkpoint")
    with pytest.raises(WeightsError, match="no checkpoint of this recipe"):
        train_localizator(recipe, media=media, out=out, device="cpu")


def test_recipes_are_read_strictly(tmp_path: Path) -> None:
    shipped = read_localizator_recipe(default_localizator_recipe())
    assert shipped.name == "localizator_cpu"
    assert shipped.network == LocalizatorConfig()
    assert replace(shipped.training, suspects=1).crop % 16 == 0
    path = tmp_path / "recipe.toml"
    with pytest.raises(MissingMedia, match="no such recipe"):
        read_localizator_recipe(path)
    path.write_text("[training]\nspeed = 3\n")
    with pytest.raises(UsageError, match="unknown setting speed"):
        read_localizator_recipe(path)
    path.write_text("[wheels]\n")
    with pytest.raises(UsageError, match="unknown table wheels"):
        read_localizator_recipe(path)
    path.write_text("= 3")
    with pytest.raises(UsageError, match="no valid TOML"):
        read_localizator_recipe(path)
    assert LocalizatorTraining().crop % 16 == 0
