"""Changed regions linked over frames, on spots whose truth is known."""

from __future__ import annotations

import pytest

from vtl_desktop.core.region_linking import MOST_BOXES, MOST_REGIONS, RegionLinker
from vtl_desktop.core.regions import ADDED_GRAPHICS, ALTERED_CONTENT, CHANGED, PixelBox, Spot

WIDTH, HEIGHT = 640, 360


def spot(left: float, top: float, width: int = 60, height: int = 50, kind: str = CHANGED, grey: float = 200.0) -> Spot:
    box = PixelBox(round(left), round(top), width, height)
    return Spot(kind, box, left + width / 2, top + height / 2, width * height / (WIDTH * HEIGHT), grey)


def linked(frames: list[list[Spot]], rate: float = 25.0, **options):
    linker = RegionLinker(WIDTH, HEIGHT)
    for number, spots in enumerate(frames):
        linker.add(number / rate, 10 + number / rate, spots)
    return linker.regions(**options)[0]


def test_a_moving_region_is_one() -> None:
    (region,) = linked([[spot(20 + 8 * n, 100 + n)] for n in range(60)])
    assert (region.number, region.kind, region.frames) == (1, CHANGED, 60)
    assert (region.start, region.end) == (0.0, pytest.approx(59 / 25))
    assert (region.source_start, region.source_end) == (10.0, pytest.approx(10 + 59 / 25))
    assert region.box_near(1.0).left == pytest.approx(20 + 8 * 25, abs=16)
    assert region.mean_share == pytest.approx(3000 / (WIDTH * HEIGHT), abs=1e-5)
    assert region.strength == 200.0
    assert region.covers(1.0)
    assert not region.covers(3.0)


def test_one_that_vanishes_for_some_frames_is_the_same_when_it_comes_back() -> None:
    frames = [[spot(100, 100)] if not 20 <= n < 30 else [] for n in range(60)]
    (region,) = linked(frames)
    assert (region.frames, region.end) == (50, pytest.approx(59 / 25))


def test_one_that_is_away_for_long_is_another() -> None:
    frames = [[spot(100, 100)] if not 20 <= n < 50 else [] for n in range(80)]
    first, second = linked(frames)
    assert (first.number, second.number) == (1, 2)
    assert first.end < second.start


def test_pieces_are_one_region_until_they_have_come_apart() -> None:
    """A region falls into two halves, first side by side, then far apart."""

    def halves(apart: float) -> list[Spot]:
        return [spot(200 - apart, 100, 30, 60), spot(230 + apart, 100, 30, 60)]

    together = [[spot(200, 100, 60, 60)]] * 10 + [halves(3)] * 40
    (region,) = linked(together)
    assert region.frames == 50
    assert region.box_near(1.5) == PixelBox(197, 100, 66, 60)
    parted = [[spot(200, 100, 60, 60)]] * 10 + [halves(3 + 3 * n) for n in range(40)]
    regions = linked(parted)
    assert len(regions) == 2
    assert sorted(region.frames > 25 for region in regions) == [True, True]


def test_two_that_cross_are_two_before_and_after() -> None:
    frames = []
    for n in range(80):
        left, right = 50 + 6 * n, 530 - 6 * n
        if abs(left - right) < 50:
            frames.append([spot(min(left, right), 100, 60 + abs(left - right), 50)])
        else:
            frames.append([spot(left, 100), spot(right, 100)])
    regions = linked(frames)
    long = [region for region in regions if region.frames > 20]
    assert 2 <= len(long) <= 3
    assert all(region.kind == CHANGED for region in regions)
    assert {round(region.start, 2) for region in long} >= {0.0}
    assert sum(region.start == 0.0 for region in regions) == 2


def test_kinds_are_never_mixed() -> None:
    frames = [[spot(100, 100, kind=ADDED_GRAPHICS), spot(104, 104, kind=ALTERED_CONTENT)]] * 20
    assert [region.kind for region in linked(frames)] == [ADDED_GRAPHICS, ALTERED_CONTENT]


def test_a_small_flash_is_flicker_and_a_large_one_is_not() -> None:
    still = [spot(500, 300)]
    small, large = spot(50, 50, 20, 20), spot(50, 50, 100, 80)
    assert len(linked([still] * 20 + [[*still, small]] + [still] * 20)) == 1
    assert len(linked([still] * 20 + [[*still, large]] + [still] * 20)) == 2


def test_a_piece_that_comes_and_goes_inside_another_is_no_region() -> None:
    whole = spot(200, 100, 200, 150)
    inner = spot(380, 230, 20, 20)
    frames = [[whole] if n not in (20, 25) else [spot(200, 100, 60, 50), inner] for n in range(60)]
    assert len(linked(frames)) == 1


def test_one_frame() -> None:
    (region,) = linked([[spot(300, 10, 20, 20)]], single=True)
    assert (region.start, region.end, region.frames) == (0.0, 0.0, 1)
    assert region.box.place(WIDTH, HEIGHT) == "upper centre"


def test_memory_does_not_grow_with_the_length() -> None:
    linker = RegionLinker(WIDTH, HEIGHT)
    for number in range(20_000):
        # One that stays, and another one every second.
        fresh = spot(20 + 7 * (number // 25 % 60), 300, 50, 50) if number % 25 < 5 else None
        linker.add(number / 25, None, [spot(300, 100), *([fresh] if fresh else [])])
    regions, left_out = linker.regions()
    assert len(regions) == MOST_REGIONS
    assert left_out > 100
    assert all(len(region.boxes) <= MOST_BOXES for region in regions)
    assert max(region.frames for region in regions) == 20_000


def test_a_copy_goes_on_by_itself() -> None:
    linker = RegionLinker(WIDTH, HEIGHT)
    linker.add(0.0, None, [spot(100, 100)])
    other = linker.copy()
    other.add(3.0, None, [spot(100, 100)], gap=5.0, sparse=True)
    assert other.regions()[0][0].frames == 2
    assert linker.regions(single=True)[0][0].frames == 1


@pytest.mark.parametrize(
    ("box", "words"),
    [
        (PixelBox(0, 0, 80, 60), "upper left"),
        (PixelBox(280, 150, 80, 60), "centre"),
        (PixelBox(560, 150, 80, 60), "right"),
        (PixelBox(280, 300, 60, 40), "lower centre"),
        (PixelBox(10, 310, 600, 40), "lower part, across the picture"),
        (PixelBox(10, 0, 60, 350), "left, over the whole height"),
        (PixelBox(5, 5, 620, 340), "most of the picture"),
    ],
)
def test_place_in_words(box: PixelBox, words: str) -> None:
    assert box.place(WIDTH, HEIGHT) == words
