from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from vtl_desktop.core.errors import MissingMedia, UnreadableMedia
from vtl_desktop.training.datasets import FrameStore, load_frames, read_squares
from vtl_desktop.training.procedural import procedural_pictures
from vtl_desktop.training.sampling import Sampler, Shares


def write_video(path: Path, count: int, rate: float = 20.0) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, (64, 48))
    for index in range(count):
        writer.write(np.full((48, 64, 3), 5 * index, np.uint8))
    writer.release()


def test_videos_are_sampled_uniformly(tmp_path: Path) -> None:
    write_video(tmp_path / "a.avi", 40)
    squares = read_squares(tmp_path / "a.avi", size=16, frames_per_second=5.0)
    assert squares.shape == (10, 16, 16, 3)
    assert np.abs(squares.mean((1, 2, 3)) - 20 * np.arange(10)).max() < 4


def test_what_is_no_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    with pytest.raises(UnreadableMedia, match=r"a\.mp4"):
        read_squares(tmp_path / "a.mp4", size=16, frames_per_second=5.0)


def test_frames_are_decoded_once(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train_images").mkdir()
    write_video(tmp_path / "train" / "a.avi", 12)
    (tmp_path / "train" / "broken.mp4").write_bytes(b"")
    cv2.imwrite(str(tmp_path / "train_images" / "p.png"), np.full((20, 30, 3), (0, 0, 255), np.uint8))
    said: list[str] = []
    cache = tmp_path / "out" / "frames.npz"
    store = load_frames(tmp_path, cache=cache, size=16, progress=lambda _, m: said.append(m))
    assert store.spans().tolist() == [[0, 3], [3, 4]]
    assert store.frames[3, 0, 0].tolist() == [255, 0, 0]
    assert any("broken" in line for line in said)
    (tmp_path / "train" / "a.avi").unlink()
    again = load_frames(tmp_path, cache=cache, size=16)
    assert np.array_equal(again.frames, store.frames)
    assert np.array_equal(again.clip, store.clip)


def test_nothing_to_train_on_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MissingMedia, match="no training video"):
        load_frames(tmp_path, cache=tmp_path / "frames.npz")


def store_of(*lengths: int) -> FrameStore:
    clip = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    return FrameStore(np.zeros((len(clip), 8, 8, 3), np.uint8), clip, 5.0)


def test_pairs_are_neighbours_of_one_clip() -> None:
    store = store_of(6, 4, 1, 1, 9)
    first, second, clip, version = Sampler(store, Shares(), np.random.default_rng(0)).pairs(64, 1)
    assert not version.any()
    assert first.shape == second.shape == (64, 1)
    assert np.array_equal(store.clip[first], store.clip[second])
    assert set(np.abs(first - second).ravel()) == {0, 1}
    videos = np.isin(store.clip[first], (0, 1, 4)).mean()
    assert videos == 0.5
    # Clips are numbered with videos first: those of the store are 0, 1, 4, then 2, 3.
    assert np.array_equal(np.array([0, 1, 4, 2, 3])[clip], store.clip[first[:, 0]])


@pytest.mark.parametrize("retimed", [0.0, 1.0])
def test_short_clips_stay_inside_their_video(retimed: float) -> None:
    store = store_of(6, 2, 1)
    sampler = Sampler(store, Shares(retimed=retimed), np.random.default_rng(1))
    first, second, _, _ = sampler.pairs(32, 3)
    assert first.shape == (32, 3)
    for rows in (*first, *second):
        assert len(set(store.clip[rows])) == 1
        assert (np.diff(rows) >= 0).all()


def test_retimed_clips_drop_and_repeat_frames() -> None:
    store = store_of(400)
    drawn = Sampler(store, Shares(retimed=0.5), np.random.default_rng(1)).pairs(400, 3)
    # Away from the ends, where frames are repeated for want of others.
    inside = (drawn.first[:, 1] > 9) & (drawn.first[:, 1] < 390)
    assert set(np.diff(drawn.first[inside]).ravel()) == {1}
    steps = np.diff(drawn.second[inside])
    assert {0, 1, 2} <= set(steps.ravel()) <= {0, 1, 2, 3}
    as_filmed = (steps == 1).all(1).mean()
    assert 0.5 < as_filmed < 0.8
    # One frame alone has no speed.
    alone = Sampler(store, Shares(retimed=1.0, next_frame=0), np.random.default_rng(1)).pairs(50, 1)
    assert np.array_equal(alone.first, alone.second)


def test_second_views_are_shared_among_the_twins() -> None:
    version = Sampler(store_of(9), Shares(twins=(0.2, 0.5)), np.random.default_rng(1)).pairs(4000, 1).version
    assert np.allclose(np.bincount(version, minlength=3) / 4000, (0.3, 0.2, 0.5), atol=0.03)
    assert version.max() == 2


@pytest.mark.parametrize("lengths", [(5, 4), (1, 1, 1)])
def test_videos_or_pictures_alone_will_do(lengths: tuple[int, ...]) -> None:
    made = Sampler(store_of(*lengths), Shares(), np.random.default_rng(2)).pairs(10, 1)
    assert made.first.shape == (10, 1)


def test_procedural_pictures_are_varied_and_repeatable() -> None:
    base = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    made = procedural_pictures(9, 32, 7, base)
    assert made.shape == (9, 32, 32, 3)
    assert made.dtype == np.uint8
    assert made.std((1, 2, 3)).min() > 3
    assert np.array_equal(made, procedural_pictures(9, 32, 7, base))
    assert procedural_pictures(0, 32, 7, base).shape == (0, 32, 32, 3)
