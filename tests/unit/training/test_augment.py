from __future__ import annotations

import pytest
import torch

from vtl_desktop.training import augment_overlays as overlays
from vtl_desktop.training import augment_pixels as pixels
from vtl_desktop.training.augment import CHANGES, FORGERIES, Augmenter, pyramid, sample, sampling_grid, schedule
from vtl_desktop.training.graphics import graphics

BANK = torch.from_numpy(graphics(32, 64, 0)).permute(0, 3, 1, 2).contiguous()


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def clips(count: int = 8, frames: int = 1, size: int = 64) -> torch.Tensor:
    coarse = torch.randint(0, 256, (count, frames, 3, 8, 8), generator=generator(5), dtype=torch.uint8)
    return coarse.repeat_interleave(size // 8, 3).repeat_interleave(size // 8, 4)


@pytest.mark.parametrize("strength", [0.0, 0.15, 1.0])
@pytest.mark.parametrize("frames", [1, 3])
def test_views_are_pictures(strength: float, frames: int) -> None:
    made = Augmenter(32, generator(), bank=BANK)
    for _ in range(4):
        view = made.view(clips(16, frames), strength)
        assert view.shape == (16, frames, 3, 32, 32)
        assert view.isfinite().all()
        assert float(view.min()) >= 0
        assert float(view.max()) <= 1


def test_the_same_seed_gives_the_same_view() -> None:
    assert torch.equal(*(Augmenter(32, generator(3)).view(clips(), 1.0) for _ in range(2)))


def test_frames_of_a_clip_share_their_geometry() -> None:
    still = clips(16, 1).repeat(1, 3, 1, 1, 1)
    made = Augmenter(32, generator(1))
    homography, inner, _, tilted = made._geometry(16, 1.0)
    assert homography.shape == (16, 3, 3)
    assert inner.shape == (16, 4)
    assert tilted.shape == (16,)
    assert torch.equal(tilted, homography[:, 2, :2].abs().sum(1) > 0)
    view = made.view(still, 0.5)
    # Only noise, blur and blocks are drawn a frame; what is left of the same picture three times stays close.
    assert (view[:, 0] - view[:, 2]).abs().mean() < 0.05


def test_stronger_views_differ_more() -> None:
    pictures = clips(64)
    plain = Augmenter(32, generator()).view(pictures, 0.0)
    mild, strong = (Augmenter(32, generator()).view(pictures, s) for s in (0.15, 1.0))
    assert (mild - plain).abs().mean() < (strong - plain).abs().mean()


def test_the_identity_samples_the_picture_itself() -> None:
    pictures = clips(2).flatten(0, 1).float() / 255
    identity = torch.eye(3).repeat(2, 1, 1)
    grid, inside = sampling_grid(identity, torch.tensor([[0.0, 0, 1, 1]] * 2), 64)
    assert inside.all()
    assert torch.allclose(sample(pyramid(pictures), grid, identity), pictures, atol=1e-5)


def test_a_small_placement_shows_the_whole_picture_without_aliasing() -> None:
    fine = torch.rand(1, 3, 64, 64, generator=generator())
    quarter = torch.eye(3).repeat(1, 1, 1)
    quarter[:, 0, 0] = quarter[:, 1, 1] = 4
    grid, inside = sampling_grid(quarter, torch.tensor([[0.0, 0, 0.25, 0.25]]), 64)
    assert int(inside.sum()) == 16 * 16
    seen = sample(pyramid(fine), grid, quarter)[..., 24:40, 24:40]
    wanted = torch.nn.functional.avg_pool2d(fine, 4)
    assert (seen - wanted).abs().mean() < 0.03


@pytest.mark.parametrize(
    "change",
    [
        lambda x: pixels.colour(x, 1, 1.0, generator()),
        lambda x: pixels.blur(x, generator()),
        lambda x: pixels.soften(x, generator()),
        lambda x: pixels.noise(x, 0.05, generator()),
        lambda x: pixels.blockiness(x, 1.0, generator()),
        lambda x: pixels.caption(x, 1, generator()),
        lambda x: pixels.local_edit(x, x.flip(0), 1, generator()),
        lambda x: pixels.inset(x, x.flip(0), 1, generator()),
        lambda x: overlays.overlay(x, BANK, 1, generator()),
        lambda x: overlays.moire(x, 1, generator()),
    ],
)
def test_each_change_changes_and_keeps_the_shape(change: object) -> None:
    pictures = clips(6, 1, 48).flatten(0, 1).float() / 255
    before = pictures.clone()
    changed = change(pictures)  # type: ignore[operator]
    assert changed.shape == before.shape
    assert torch.equal(pictures, before)
    assert (changed - before).abs().max() > 0.01


def test_weak_quantisation_hardly_changes_a_smooth_picture() -> None:
    ramp = torch.linspace(0, 1, 32).view(1, 1, 1, 32).repeat(2, 3, 32, 1)
    assert (pixels.blockiness(ramp, 0.0, generator()) - ramp).abs().mean() < 0.02


def test_an_inset_changes_pixels_only_inside_a_box() -> None:
    before, other = torch.zeros(40, 3, 64, 64), torch.ones(40, 3, 64, 64)
    changed = pixels.inset(before, other, 2, generator()) != 0
    assert torch.equal(changed[::2], changed[1::2]), "the frames of a clip"
    for mask in changed[::2].any(1):
        rows, columns = mask.any(1).nonzero(), mask.any(0).nonzero()
        top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
        assert int(mask.sum()) == (bottom - top) * (right - left), "all of the box, nothing outside"
        assert 0.2 * 64 <= bottom - top <= 0.47 * 64
        assert abs((bottom - top) - (right - left)) <= 1
    assert len({tuple(mask.nonzero()[0].tolist()) for mask in changed[::2].any(1)}) > 3, "in different places"


def test_an_inset_shows_the_whole_other_picture() -> None:
    ramp = torch.linspace(0.1, 0.9, 64).view(1, 1, 1, 64).expand(8, 3, 64, 64)
    pasted = pixels.inset(torch.zeros(8, 3, 64, 64), ramp, 1, generator(2))
    for picture in pasted:
        seen = picture[picture > 0]
        assert seen.min() < 0.2
        assert seen.max() > 0.8


# What a change needs beside itself to be made.
NEEDS = {"grey": {"colour"}, "moire": {"perspective"}}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_can_be_left_out(change: str) -> None:
    others = set(CHANGES) - {change} - NEEDS.get(change, set())
    pictures = torch.rand(64, 1, 3, 64, 64, generator=generator(1)).mul(255).to(torch.uint8)
    plain = Augmenter(64, generator(), CHANGES, BANK).view(pictures, 1.0)
    assert torch.allclose(plain, pictures.float() / 255, atol=1e-4), "nothing is left to be changed"
    alone = Augmenter(64, generator(), others, BANK).view(pictures, 1.0)
    untouched = (alone - plain).abs().amax((1, 2, 3, 4)) < 1e-4
    assert 0 < int(untouched.sum()) < 64


def test_without_a_bank_nothing_is_laid_over() -> None:
    pictures = clips(64)
    others = set(CHANGES) - {"graphics"}
    plain = Augmenter(64, generator(), CHANGES).view(pictures, 1.0)
    assert torch.equal(Augmenter(64, generator(), others).view(pictures, 1.0), plain)
    laid = Augmenter(64, generator(), others, BANK).view(pictures, 1.0)
    touched = int(((laid - plain).abs().amax((1, 2, 3, 4)) > 1e-3).sum())
    assert 6 <= touched <= 28, "a quarter of the clips"


def test_only_what_is_seen_aslant_beats_with_the_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = torch.full((256, 2, 3, 32, 32), 128, dtype=torch.uint8)
    seen: list[int] = []

    def counted(images: torch.Tensor, frames: int, _: torch.Generator) -> torch.Tensor:
        seen.append(len(images) // frames)
        return images

    monkeypatch.setattr("vtl_desktop.training.augment.moire", counted)
    tilted = int(Augmenter(32, generator())._geometry(256, 1.0)[3].sum())
    Augmenter(32, generator()).view(pictures, 1.0)
    assert len(seen) == 1
    assert 0.4 * tilted < seen[0] < 0.9 * tilted, "two thirds"
    Augmenter(32, generator(), ["perspective"]).view(pictures, 1.0)
    Augmenter(32, generator(), ["moire"]).view(pictures, 1.0)
    assert len(seen) == 1


def fills(*without: str) -> set[str]:
    """Which kinds of forgery 200 local edits show, told by what the blob was filled with."""
    ramp = torch.linspace(0, 0.4, 64).view(1, 1, 1, 64).expand(200, 3, 64, 64)
    # Another picture of bright fine stripes, in its own colours or in the region's.
    other = 0.8 + 0.1 * (torch.arange(64) % 2).view(1, 1, 64, 1).expand(200, 3, 64, 64)
    changed = pixels.local_edit(ramp, other, 1, generator(7), without=without)
    found = set()
    for picture, before in zip(changed[:, 0], ramp[:, 0], strict=True):
        change = float((picture - before).abs().max())
        steps = picture[1:] - picture[:-1]
        if change > 0.5:
            found.add("splice")
        elif int((steps[1:] * steps[:-1] < -0.005).sum()) > 40:
            found.add("swap")
        else:
            # The ramp smoothed stays near itself; another part of it is a quarter of the picture away.
            found.add("clone" if change > 0.1 else "removal")
    return found


FILLS = FORGERIES[:4]


def test_local_edits_are_of_four_kinds() -> None:
    assert FILLS == ("splice", "swap", "removal", "clone")
    assert fills() == fills("warp", "crop") == set(FILLS)


@pytest.mark.parametrize("kind", FILLS)
def test_a_kind_of_forgery_can_be_left_out_or_alone(kind: str) -> None:
    assert fills(kind) == set(FILLS) - {kind}
    assert fills(*(set(FILLS) - {kind})) == {kind}


def test_with_no_kind_of_forgery_left_pictures_stay() -> None:
    pictures = clips(16).flatten(0, 1).float() / 255
    assert torch.equal(pixels.local_edit(pictures, pictures.flip(0), 1, generator(), without=FILLS), pictures)
    view = Augmenter(64, generator(), {*CHANGES} - {"local_edit"} | {*FORGERIES}).view(clips(64), 1.0)
    assert torch.allclose(view, clips(64).float() / 255, atol=1e-4)


def test_nothing_turns_grey_where_that_is_left_out() -> None:
    pictures = clips(64)

    def grey_ones(*without: str) -> int:
        view = Augmenter(32, generator(), {*CHANGES} - {"colour", "grey"} | {*without}).view(pictures, 1.0)
        return int(((view.amax(2) - view.amin(2)).amax((1, 2, 3)) < 0.01).sum())

    assert grey_ones() > 0
    assert grey_ones("grey") == 0


def test_strength_rises_and_stays() -> None:
    values = [schedule(x / 10) for x in range(11)]
    assert values[0] == pytest.approx(0.15)
    assert values == sorted(values)
    assert values[4] == values[10] == pytest.approx(1)
    assert schedule(0.0, full_at=0.0) == schedule(0.0, first=1.0) == 1
