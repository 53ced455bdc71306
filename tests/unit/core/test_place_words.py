"""What was done to a picture, in words."""

from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.core.place_words import clipped, in_words

SIZE = (640, 360)


def scaled(across: float, down: float, left: float = 0, top: float = 0) -> np.ndarray:
    """Suspect to source; the outlines count, so that the whole goes to the whole."""
    return np.array([[across, 0, (across - 1) / 2 + left], [0, down, (down - 1) / 2 + top], [0, 0, 1]])


def turned(degrees: float, share: float = 1.0) -> np.ndarray:
    """The suspect shows the source turned clockwise by so much, about its middle."""
    angle, middle = np.deg2rad(-degrees), np.array([319.5, 179.5])
    turn = share * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = turn, middle - turn @ middle
    return matrix


OF_SOURCE = "of the source's picture"
FILLS = "(fills 75% of the picture)"
WIDE, HIGH = "stretched by {}% in width", "stretched by {}% in height"
CROPPED = f"cropped to 36% {OF_SOURCE}, scaled to 167%"
MIRROR = np.array([[-1, 0, 639], [0, 1, 0], [0, 0, 1]], np.float64)


@pytest.mark.parametrize(
    ("matrix", "mirrored", "size", "words"),
    [
        (np.eye(3), False, SIZE, "whole picture, unchanged place"),
        (MIRROR, True, SIZE, "mirrored, whole picture, unchanged place"),
        (scaled(2, 2), False, (320, 180), "whole picture, scaled to 50%"),
        (scaled(1, 1, 50, 60), False, (448, 256), f"cropped to 50% {OF_SOURCE}"),
        (scaled(0.7, 0.7, 90, 60), False, SIZE, f"cropped to 49% {OF_SOURCE}, scaled to 143%"),
        (scaled(0.9, 0.7, 20, 30), False, SIZE, f"cropped to 63% {OF_SOURCE}, scaled to 111%, {HIGH.format(29)}"),
        (scaled(1, 4 / 3, 0, -60), False, SIZE, f"bars above and below {FILLS}, scaled to 75%, {WIDE.format(33)}"),
        (scaled(4 / 3, 4 / 3, -106), False, (640, 270), f"bars left and right {FILLS}, scaled to 75%"),
        (scaled(2, 2, -240, -150), False, SIZE, "set into a larger picture (fills 25% of it), scaled to 50%"),
        (scaled(2, 1), False, SIZE, f"set into a larger picture (fills 50% of it), scaled to 50%, {HIGH.format(100)}"),
        (scaled(0.8, 1), False, (800, 360), f"whole picture, {WIDE.format(25)}"),
        (turned(6), False, SIZE, f"cropped to 94% {OF_SOURCE}, turned 6 degrees clockwise"),
        (turned(-6.5, 0.6), False, SIZE, f"{CROPPED}, turned 6.5 degrees counter-clockwise"),
        (MIRROR @ turned(6, 0.6), True, SIZE, f"mirrored, {CROPPED}, turned 6 degrees clockwise"),
        (scaled(1, 1, 3000, 0), False, SIZE, "outside the source's picture"),
    ],
)
def test_an_edit_of_place_in_words(matrix: np.ndarray, mirrored: bool, size: tuple[int, int], words: str) -> None:
    assert in_words(matrix, mirrored, size, SIZE) == words


def test_perspective_is_told_and_not_as_skew_or_stretch() -> None:
    tilt = np.array([[1.1, 0.05, -30], [0.02, 1.15, -25], [0.0002, 0.0001, 1.0]])
    told = in_words(tilt, False, SIZE, SIZE)
    assert "in perspective, as filmed off a screen" in told
    assert "stretched" not in told
    assert "skewed" not in told


def test_a_polygon_is_clipped_at_the_edges_of_a_picture() -> None:
    box = clipped(np.array([[-50.0, 10], [20, 10], [20, 30], [-50, 30]]), (100, 20))
    assert sorted(map(tuple, box.tolist())) == [(-0.5, 10.0), (-0.5, 19.5), (20.0, 10.0), (20.0, 19.5)]
    assert len(clipped(np.array([[200.0, 1], [220, 1], [220, 9]]), (100, 20))) == 0
