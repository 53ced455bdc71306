from __future__ import annotations

import numpy as np
import pytest
import torch

from vtl_desktop.training import augment_overlays as overlays
from vtl_desktop.training.graphics import KINDS, graphics

BANK = graphics(64, 64, 3)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def bank(pictures: np.ndarray = BANK) -> torch.Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()


def test_a_bank_is_the_same_for_a_seed_and_another_for_another() -> None:
    assert BANK.shape == (64, 64, 64, 4)
    assert BANK.dtype == np.uint8
    assert np.array_equal(BANK, graphics(64, 64, 3))
    assert np.array_equal(BANK[:5], graphics(5, 64, 3)), "a longer bank starts like a shorter one"
    same = [np.array_equal(one, two) for one, two in zip(BANK, graphics(64, 64, 4), strict=True)]
    assert not any(same)
    assert graphics(0, 64, 0).shape == (0, 64, 64, 4)


@pytest.mark.parametrize("size", [16, 48, 128])
def test_every_size_can_be_asked_for(size: int) -> None:
    made = graphics(16, size, 0)
    assert made.shape == (16, size, size, 4)
    assert (made[..., 3].max((1, 2)) > 60).all()


def test_every_picture_shows_something_and_no_two_are_alike() -> None:
    alpha = BANK[..., 3] / 255
    assert (alpha.max((1, 2)) > 0.25).all()
    assert (alpha.mean((1, 2)) > 0.02).all()
    assert len({picture.tobytes() for picture in BANK}) == len(BANK)


def test_edges_are_soft_and_little_else_is() -> None:
    alpha = BANK[1::4, ..., 3].astype(int)
    between = ((alpha > 12) & (alpha < 243)).mean((1, 2))
    assert (between > 0.01).all()
    assert (between < 0.2).all()
    assert (alpha[:, 0, 0] == 0).all(), "emoji leave their corners clear"


def test_soft_edges_keep_the_colour_of_what_they_belong_to() -> None:
    # Emoji stand in front of nothing: where they fade out, they may not fade to the black of what is clear.
    for picture in BANK[1::4]:
        alpha = picture[..., 3]
        fading, solid = ((alpha > 20) & (alpha < 150)), alpha == 255
        darkest = picture[solid][:, :3].astype(int).sum(1).min()
        assert picture[fading][:, :3].astype(int).sum(1).min() > darkest - 25


def test_texts_have_glyphs() -> None:
    # Of each row and column, how often light turns to dark or back: letters turn often, and far more along a line.
    seen = BANK.astype(np.float32)
    luma = seen[..., :3].mean(-1) * (seen[..., 3] / 255)
    turns = (np.abs(np.diff(luma > (luma.max((1, 2)) / 2)[:, None, None], axis=2))).sum(2).max(1)
    by_kind = {kind: turns[number::4] for number, kind in enumerate(KINDS)}
    assert np.median(by_kind["text"]) >= 12
    assert np.median(by_kind["text"]) > 2 * np.median(by_kind["emoji"])


def test_the_kinds_differ_in_colour_and_in_where_they_cover() -> None:
    colours = BANK[..., :3].astype(int)
    spread = (colours.max(-1) - colours.min(-1)) * (BANK[..., 3] > 128)
    vivid = (spread > 80).mean((1, 2))
    assert vivid[1::4].mean() > max(vivid[k::4].mean() for k in (0, 2, 3)), "emoji are bright"
    across = [(BANK[k::4, ..., 3] > 0).mean((0, 2)) for k in range(4)]
    for one in range(4):
        for two in range(one):
            assert np.abs(across[one] - across[two]).max() > 0.1, (KINDS[one], KINDS[two])


def test_an_overlay_changes_only_where_something_is_laid() -> None:
    clear = bank()
    clear[:, 3] = 0
    pictures = torch.rand(8, 3, 64, 64, generator=generator())
    assert torch.equal(overlays.overlay(pictures, clear, 1, generator()), pictures)
    before = pictures.clone()
    changed = overlays.overlay(pictures, bank(), 1, generator())
    assert torch.equal(pictures, before), "the argument stays"
    share = ((changed - pictures).abs().amax(1) > 0).float().mean((1, 2))
    assert (share > 0).all()
    assert (share < 0.75).all()
    assert share.mean() < 0.25


def test_an_overlay_is_all_there_and_of_the_asked_size() -> None:
    solid = torch.full((8, 4, 64, 64), 255, dtype=torch.uint8)
    placed = overlays._placed(solid, 400, 64, generator())
    assert placed.min() >= 0
    assert placed.max() <= 1 + 1e-5
    opacity = placed[:, 3].amax((1, 2))
    assert opacity.min() > 0.45
    assert 0.4 < (opacity > 0.99).float().mean() < 0.8
    area = placed[:, 3].sum((1, 2)) / opacity / 64**2
    assert area.min() > 0.007, "a tenth of the side"
    assert area.max() < 0.21, "a banner of all of the width"
    rows, columns = (placed[:, 3].amax(axis) > 0.2 for axis in (2, 1))
    assert rows.float().mean(0).min() > 0.02, "some are at the top, some at the bottom"
    assert columns.float().mean(0).min() > 0.05
    wide = columns.sum(1) > 1.5 * rows.sum(1)
    assert 0.15 < wide.float().mean() < 0.35, "banners: a quarter of the bank"


def test_an_overlay_neither_darkens_edges_nor_aliases() -> None:
    # A white disc whose clear surroundings are black: nothing grey may appear between it and white.
    disc = torch.zeros(4, 4, 64, 64, dtype=torch.uint8)
    axis = torch.arange(64) - 31.5
    inside = axis[:, None] ** 2 + axis[None] ** 2 < 28**2
    disc[:, :, inside] = 255
    white = torch.ones(64, 3, 64, 64)
    assert overlays.overlay(white, disc, 1, generator()).min() > 0.999
    # Stripes a pixel wide have no place at a third of the size: they become an even grey.
    striped = torch.full((4, 4, 64, 64), 255, dtype=torch.uint8)
    striped[:, :3, ::2] = 0
    placed = overlays._placed(striped, 60, 64, generator())
    core = placed[:, 0][placed[:, 3] > 0.999]
    assert len(core) > 500
    assert (core - 0.5).abs().max() < 0.15


def test_a_bank_of_floats_lays_the_same() -> None:
    pictures = torch.rand(8, 3, 32, 32, generator=generator())
    whole, share = (overlays.overlay(pictures, x, 2, generator(1)) for x in (bank(), bank().float() / 255))
    assert torch.allclose(whole, share, atol=1e-5)


@pytest.mark.parametrize("change", ["overlay", "moire"])
def test_frames_of_a_clip_are_changed_alike(change: str) -> None:
    still = torch.rand(6, 1, 3, 48, 48, generator=generator()).expand(-1, 3, -1, -1, -1).flatten(0, 1)

    def changed(seed: int) -> torch.Tensor:
        if change == "overlay":
            return overlays.overlay(still, bank(), 3, generator(seed))
        return overlays.moire(still, 3, generator(seed))

    made = changed(0).unflatten(0, (6, 3))
    assert torch.equal(made[:, 0], made[:, 1])
    assert torch.equal(made[:, 0], made[:, 2])
    difference = (made[:, 0] - still.unflatten(0, (6, 3))[:, 0]).flatten(1)
    assert len({tuple(x.tolist()) for x in difference}) == 6, "each clip in its own way"
    assert torch.equal(changed(0), changed(0))
    assert not torch.equal(changed(0), changed(1))
    assert made.isfinite().all()
    assert made.min() >= 0
    assert made.max() <= 1 + 1e-6


def test_a_moire_keeps_the_brightness_and_shades_a_little() -> None:
    grey = torch.full((64, 3, 64, 64), 0.5)
    made = overlays.moire(grey, 1, generator())
    assert (made.mean((1, 2, 3)) - 0.5).abs().max() < 0.08
    assert (made.mean((2, 3)) - 0.5).abs().max() < 0.1
    assert made.mean((0, 2, 3))[2] > made.mean((0, 2, 3))[0], "colder"
    depth = made.std((2, 3)) * 2**0.5 / 0.5
    assert depth.min() > 0.01
    assert depth.max() < 0.2
    dark = overlays.moire(torch.zeros(8, 3, 64, 64), 1, generator())
    assert not dark.any(), "a black screen shows none"


def test_a_moire_is_a_narrow_band_and_not_the_same_in_all_colours() -> None:
    made = overlays.moire(torch.full((64, 3, 64, 64), 0.5), 1, generator())
    power = torch.fft.rfft2(made - made.mean((2, 3), keepdim=True)).abs().square()
    strongest = power.flatten(2).sort(2, descending=True).values
    kept = strongest[..., : strongest.shape[-1] // 20].sum(2) / strongest.sum(2)
    assert kept.min() > 0.8, "a twentieth of the spectrum holds nearly all"
    down, across = torch.fft.fftfreq(64)[:, None] * 64, torch.fft.rfftfreq(64)[None] * 64
    waves = torch.hypot(down, across).flatten()[power.flatten(2).argmax(2)]
    assert waves.min() >= 1
    assert waves.max() < 25
    assert waves[:, 1].unique().numel() > 8, "of many widths"
    assert (made[:, 0] - made[:, 2]).std((1, 2)).min() > 1e-3


def test_a_moire_takes_values_out_of_range() -> None:
    made = overlays.moire(torch.linspace(-0.3, 1.3, 32).view(1, 1, 1, -1).expand(4, 3, 32, 32), 2, generator())
    assert made.isfinite().all()
    assert made.min() >= 0
    assert made.max() <= 1
