"""Hash centers are voted from clips and slightly changed views."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.numbered_video import make_video
from vtl_desktop.core.hashing import distances, unpack_bits
from vtl_desktop.media.sampling import sample_clips
from vtl_desktop.services.centers import segment_spans, voted_centers
from vtl_desktop.services.crops import previews_of


class Brightness:
    """64 bits, each set where the picture is brighter than a threshold."""

    bits, input_size = 64, 32

    def encode(self, frames: np.ndarray, *, alone: bool = False, cancel: object = None) -> np.ndarray:
        del alone, cancel
        return np.packbits(frames.mean(axis=(1, 2, 3))[:, None] > np.arange(64) * 4, axis=1)


def test_a_center_a_segment_and_one_of_the_whole(tmp_path) -> None:
    def picture(number: int, width: int, height: int) -> np.ndarray:
        out = np.zeros((height, width, 3), np.uint8)
        out[::2] = 60 if number < 40 else 250
        return out

    samples = sample_clips(
        make_video(tmp_path / "a.mp4", count=60, rate=20.0, picture=picture).path, size=32, previews=9
    )
    encoder = Brightness()
    codes = encoder.encode(samples.pictures)
    centers = voted_centers(samples, codes, encoder)
    assert centers.spans == pytest.approx(np.array([[0, 2], [2, 3], [0, 3]]), abs=0.13)
    assert centers.segments == [tuple(span) for span in centers.spans[:2]]
    assert distances(centers.codes, codes)[[0, 1], [0, -1]].tolist() == [0, 0]
    # The whole's longer part outvotes the other.
    assert distances(centers.codes[2:], centers.codes[:2])[0].argmin() == 0
    assert centers.margins.shape == (3, 64)
    unanimous = unpack_bits(centers.codes[:1]) == unpack_bits(centers.codes[1:2])
    assert (centers.margins[2][unanimous[0]] > 200).mean() > 0.7
    assert (centers.margins[2][~unanimous[0]] < 200).all()


def test_segments_begin_where_codes_drift() -> None:
    codes = np.zeros((6, 8), np.uint8)
    codes[2:4, :3] = 255
    assert segment_spans(codes) == [(0, 2), (2, 4), (4, 6)]
    assert segment_spans(codes[:2]) == [(0, 2)]


def test_previews_are_spread_over_segments() -> None:
    times = np.arange(40) + 0.5
    assert previews_of(times, [(0.0, 4.0), (4.0, 36.0)]) == [[1], [7, 15, 23, 31]]
    assert previews_of(np.zeros(0), [(0.0, 4.0)]) == [[]]
