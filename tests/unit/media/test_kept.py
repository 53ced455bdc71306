"""What is kept of a video while it is sampled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vtl_desktop.media.kept import KeptFrames
from vtl_desktop.media.sampling import ClipSamples, sample_clips
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.media.writers import write_video

RATE = 20


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds that brighten by three levels a frame."""
    path = tmp_path_factory.mktemp("kept") / "brighter.mp4"
    frames = [np.full((72, 128, 3), 20 + 3 * number, np.uint8) for number in range(60)]
    write_video(path, frames, RATE, options={"crf": "4"})
    return path


def sampled(video: Path, kept: KeptFrames) -> ClipSamples:
    return sample_clips(video, size=32, keep=kept)


def test_all_frames_are_kept_small_and_the_sampled_ones_as_they_are(video: Path) -> None:
    kept = KeptFrames((32, 18), step=0.0)
    samples = sampled(video, kept)
    assert kept.greys is not None
    greys, times = kept.greys
    assert np.allclose(times, np.arange(60) / RATE)
    assert np.abs(np.mean(greys, axis=(1, 2)) - (20 + 3 * np.arange(60))).max() < 3
    with VideoFile(video) as opened:
        for moment in samples.times:
            picture = kept.picture(float(moment))
            assert picture is not None
            assert np.array_equal(picture, opened.frame_at(float(moment)).picture)
    assert kept.picture(0.0123) is None


def test_signals_are_the_same_with_and_without(video: Path) -> None:
    with_kept, without = sampled(video, KeptFrames((96, 54), step=0.0)), sample_clips(video, size=32)
    assert np.abs(with_kept.motion.signals - without.motion.signals).max() < 0.05


def test_a_long_video_gives_fewer(video: Path) -> None:
    kept = KeptFrames((32, 18), step=0.2)
    sampled(video, kept)
    assert kept.greys is not None
    assert np.allclose(kept.greys[1], np.arange(15) / 5)
    nothing = KeptFrames((32, 18), step=None)
    sampled(video, nothing)
    assert nothing.greys is None


def test_room_is_bounded(video: Path) -> None:
    frame = 128 * 72 * 3 // 2
    kept = KeptFrames((32, 18), step=None, budget=7 * frame)
    samples = sampled(video, kept)
    held = [kept.picture(float(moment)) is not None for moment in samples.times]
    assert 1 <= sum(held) <= 7
    assert held[0]
