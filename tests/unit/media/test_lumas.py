"""Stretches of a video as small grey pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.media.lumas import Window, lumas, merged
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.media.writers import write_video

RATE = 20


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds that brighten by two levels a frame, with a key frame every second."""
    path = tmp_path_factory.mktemp("lumas") / "brighter.mp4"
    frames = [np.full((64, 96, 3), 20 + 2 * number, np.uint8) for number in range(100)]
    write_video(path, frames, RATE, options={"crf": "4", "g": "20"})
    return path


def read(path: Path, windows: list[Window], step: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    with VideoFile(path) as video:
        times, greys = zip(*lumas(video, 12, 8, windows=windows, step=step, cancel=CancelToken()), strict=True)
    return np.array(times), np.stack(greys)


def test_all_frames_in_order(video: Path) -> None:
    times, greys = read(video, [(0.0, 5.0)])
    assert greys.shape == (100, 8, 12)
    assert np.allclose(times, np.arange(100) / RATE)
    assert np.abs(greys.mean(axis=(1, 2)) - (20 + 2 * np.arange(100))).max() < 3


@pytest.mark.parametrize("windows", [[(1.3, 1.7)], [(3.2, 3.6), (0.4, 0.9)], [(0.1, 1.0), (0.8, 1.2), (4.9, 9.0)]])
def test_only_what_windows_ask_for(video: Path, windows: list[Window]) -> None:
    times, greys = read(video, windows)
    every = np.arange(100) / RATE
    # The frame that is on screen when a window begins belongs to it.
    wanted = [at for at in every if any(start - 1 / RATE < at - 1e-6 and at <= end + 1e-6 for start, end in windows)]
    assert np.allclose(times, wanted)
    assert np.abs(greys.mean(axis=(1, 2)) - (20 + 2 * RATE * times)).max() < 3


def test_fewer_frames_a_second(video: Path) -> None:
    assert np.allclose(read(video, [(0.0, 5.0)], step=0.2)[0], np.arange(25) / 5)


def test_frames_at_hand_are_not_decoded_again(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with VideoFile(video) as opened:
        opened.frame(55)
        decoded = []
        approach = VideoFile._approach
        monkeypatch.setattr(
            VideoFile, "_approach", lambda self, index: (decoded.append(index), approach(self, index))[1]
        )
        times, _ = zip(*lumas(opened, 12, 8, windows=[(2.2, 3.1)], step=0.0, cancel=CancelToken()), strict=True)
    assert np.allclose(times, np.arange(44, 63) / RATE)
    assert decoded == list(range(56, 63))


def test_windows_that_touch_are_one() -> None:
    assert merged([(5, 6), (1, 2), (2, 3), (2.5, 2.7)]) == [(1, 3), (5, 6)]
