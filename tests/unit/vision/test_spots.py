"""Spots of synthetic masks."""

from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.core.localization import FITTED_DIFFERENCE, LOCALIZATOR, Mask, Registration
from vtl_desktop.core.regions import ADDED_GRAPHICS, ALTERED_CONTENT, CHANGED, PixelBox, mask_of_kind
from vtl_desktop.vision.spots import MOST_SPOTS, spots_of

WHOLE = Registration((1, 0, 0, 0, 1, 0, 0, 0, 1))
SHAPE = (180, 320)


def mask_of(*boxes: tuple[PixelBox, int]) -> Mask:
    picture = np.zeros(SHAPE, np.uint8)
    for box, grey in boxes:
        picture[box.top : box.bottom, box.left : box.right] = grey
    return Mask(picture, FITTED_DIFFERENCE, 0.0, 0.0, WHOLE)


def test_box_middle_share_and_strength() -> None:
    box = PixelBox(40, 30, 60, 20)
    found = spots_of(mask_of((box, 180)))
    (spot,) = found.spots
    assert (spot.kind, spot.box, spot.strength) == (CHANGED, box, 180.0)
    assert (spot.x, spot.y) == (69.5, 39.5)
    assert spot.share == found.share == pytest.approx(1200 / (180 * 320))
    assert found.kinds is None


def test_nothing_above_the_threshold_is_nothing() -> None:
    assert spots_of(mask_of((PixelBox(10, 10, 50, 50), 127))) == spots_of(mask_of())
    assert spots_of(mask_of()).spots == ()


def test_specks_are_left_out_of_the_spots_but_not_of_the_share() -> None:
    found = spots_of(mask_of((PixelBox(10, 10, 3, 3), 255), (PixelBox(200, 100, 30, 30), 255)))
    assert [spot.box for spot in found.spots] == [PixelBox(200, 100, 30, 30)]
    assert found.share == pytest.approx(909 / (180 * 320))


def test_letters_of_a_caption_are_one_and_what_lies_apart_is_not() -> None:
    letters = [(PixelBox(60 + 9 * n, 150, 6, 10), 255) for n in range(20)]
    found = spots_of(mask_of(*letters, (PixelBox(60, 20, 20, 20), 200)))
    assert {spot.box for spot in found.spots} == {PixelBox(60, 150, 177, 10), PixelBox(60, 20, 20, 20)}


def test_two_kinds() -> None:
    graphics, altered = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    graphics[150:170, 40:280] = 250
    altered[100:155, 100:160] = 200
    mask = Mask(np.maximum(graphics, altered), LOCALIZATOR, 0.0, 0.0, WHOLE, graphics, altered)
    found = spots_of(mask)
    assert {(spot.kind, spot.box) for spot in found.spots} == {
        (ADDED_GRAPHICS, PixelBox(40, 150, 240, 20)),
        (ALTERED_CONTENT, PixelBox(100, 100, 60, 50)),
    }
    assert found.kinds == pytest.approx((4800 / 57600, 3000 / 57600))
    assert sum(found.kinds) == pytest.approx(found.share)
    assert mask_of_kind(mask, ADDED_GRAPHICS) is graphics
    assert mask_of_kind(mask, ALTERED_CONTENT) is altered
    assert mask_of_kind(mask, "") is mask.picture


def test_the_rim_of_another_kind_belongs_to_what_it_surrounds() -> None:
    graphics, altered = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    graphics[60:120, 60:160] = 255
    altered[58:122, 58:162] = 180
    mask = Mask(np.maximum(graphics, altered), LOCALIZATOR, 0.0, 0.0, WHOLE, graphics, altered)
    (spot,) = spots_of(mask).spots
    assert (spot.kind, spot.box) == (ADDED_GRAPHICS, PixelBox(58, 58, 104, 64))


def test_kinds_that_cannot_be_told_apart_in_a_place_are_one_region_of_the_commoner_kind() -> None:
    graphics, altered = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    # A patch in stripes of both kinds.
    altered[60:120, 80:140] = 240
    graphics[60:120:10, 80:140] = graphics[61:120:10, 80:140] = graphics[62:120:10, 80:140] = 250
    mask = Mask(np.maximum(graphics, altered), LOCALIZATOR, 0.0, 0.0, WHOLE, graphics, altered)
    (spot,) = spots_of(mask).spots
    assert (spot.kind, spot.box) == (ALTERED_CONTENT, PixelBox(80, 60, 60, 60))


def test_a_noisy_mask_gives_a_bounded_number() -> None:
    boxes = [(PixelBox(4 + 20 * (n % 15), 4 + 20 * (n // 15), 6, 6), 255) for n in range(120)]
    assert len(spots_of(mask_of(*boxes)).spots) == MOST_SPOTS
