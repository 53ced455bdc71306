from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av.error
import cv2
import numpy as np
import pytest

from tests.helpers.numbered_video import cut_off, make_video, read_number
from vtl_desktop.core.errors import Cancelled, MediaError, UnreadableMedia, UsageError
from vtl_desktop.training import datasets, round_trips
from vtl_desktop.training.datasets import load_frames, load_videos, read_picture, read_squares
from vtl_desktop.training.round_trips import CODECS, posted_picture, posted_video


def photo(seed: int, height: int = 120, width: int = 160) -> np.ndarray:
    """Soft blobs under fine grain, BGR: what JPEG and video codecs are made for."""
    rng = np.random.default_rng(seed)
    blobs = cv2.resize(rng.integers(40, 216, (4, 5, 3), dtype=np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(blobs + rng.normal(0, 12, blobs.shape), 0, 255).astype(np.uint8)


def moving(number: int, width: int, height: int) -> np.ndarray:
    """A window that moves across a photo, RGB."""
    return photo(5, height, 2 * width)[:, 3 * number : 3 * number + width, ::-1]


def post(path: Path, seed: int = 0, rate: float = 5.0, size: int = 64) -> np.ndarray:
    return posted_video(path, size=size, frames_per_second=rate, rng=np.random.default_rng(seed))


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder to train on: two videos with what is no video between them, and two pictures with what is none."""
    (tmp_path / "train").mkdir()
    (tmp_path / "train_images").mkdir()
    make_video(tmp_path / "train" / "a.mp4", count=24, picture=moving)
    (tmp_path / "train" / "b.mp4").write_bytes(b"no video")
    make_video(tmp_path / "train" / "c.mp4", count=36)
    cv2.imwrite(str(tmp_path / "train_images" / "p.png"), photo(1))
    (tmp_path / "train_images" / "q.jpg").write_bytes(b"no picture")
    cv2.imwrite(str(tmp_path / "train_images" / "r.png"), photo(2))
    return tmp_path


def loaded(media: Path, seed: int = 0, said: list[str] | None = None, posted: bool = True) -> datasets.FrameStore:
    told: list[str] = [] if said is None else said
    return load_frames(
        media,
        cache=media / "out" / "frames.npz",
        size=64,
        posted=posted,
        seed=seed,
        progress=lambda _, message: told.append(message),
    )


def error(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Mean difference of each frame, in levels."""
    return np.abs(first.astype(int) - second).mean((1, 2, 3))


def post_uncoded(path: Path, seed: int) -> np.ndarray:
    """What `post` gives where the codec loses nothing."""

    class Uncoded:
        def __init__(self, image: np.ndarray) -> None:
            self.image = image

        def to_ndarray(self, **_: str) -> np.ndarray:
            return self.image

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(round_trips, "_through_codec", lambda images, *_: map(Uncoded, images))
        return post(path, seed)


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("this was to be read from the cache")


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(("rate", "sampled"), [(30.0, 5.0), (25.0, 6.0), (24.0, 7.0), (4.0, 5.0)])
def test_posted_frames_are_the_same_moments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str, rate: float, sampled: float
) -> None:
    monkeypatch.setattr(round_trips, "encoders", lambda: [codec])
    path = make_video(tmp_path / "a.mp4", count=50, rate=rate).path
    plain = read_squares(path, size=64, frames_per_second=sampled)
    for seed in range(3):
        posted = post(path, seed, sampled)
        assert posted.shape == plain.shape
        assert posted.dtype == np.uint8
        assert [read_number(square) for square in posted] == [read_number(square) for square in plain]


@pytest.mark.parametrize("codec", CODECS)
def test_the_codec_loses_something_and_not_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str) -> None:
    monkeypatch.setattr(round_trips, "encoders", lambda: [codec])
    path = make_video(tmp_path / "a.mp4", count=30, picture=moving, options={"crf": "10"}).path
    plain = read_squares(path, size=64, frames_per_second=5.0)
    for seed in range(3):
        posted, uncoded = post(path, seed), post_uncoded(path, seed)
        # More than scaling alone does.
        assert (error(posted, plain) > error(uncoded, plain) + 0.5).all()
        assert (error(posted, plain) < 25).all()
        # The nearest of all frames is its own.
        nearest = [int(np.argmin(error(plain, square[None]))) for square in posted]
        assert nearest == list(range(len(plain)))


def test_the_seed_decides(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", count=20, picture=moving).path
    made = [post(path, seed) for seed in range(8)]
    for _ in range(3):
        assert all(np.array_equal(squares, post(path, seed)) for seed, squares in enumerate(made))
    assert len({squares.tobytes() for squares in made}) == 8


def test_a_video_that_breaks_off_gives_as_many(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "a.mkv", count=60, options={"g": "12"})
    path = cut_off(whole, tmp_path / "b.mkv", 0.6)
    plain = read_squares(path, size=64, frames_per_second=5.0)
    assert 1 < len(plain) < 10
    assert len(post(path)) == len(plain)


@pytest.mark.parametrize("shape", [(16, 16), (66, 18), (300, 90)])
def test_odd_shapes_are_posted_at_no_less_than_64_pixels(tmp_path: Path, shape: tuple[int, int]) -> None:
    path = make_video(tmp_path / "a.mp4", count=6, size=shape).path
    assert post(path).shape == (1, 64, 64, 3)
    picture = photo(0, shape[1], shape[0])
    for seed in range(20):
        width, height = round_trips._smaller(picture, np.random.default_rng(seed))
        assert min(width, height) >= 64
        assert width % 2 == height % 2 == 0
        assert width / height == pytest.approx(shape[0] / shape[1], rel=0.05)


def test_what_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    with pytest.raises(UnreadableMedia, match=r"a\.mp4"):
        post(tmp_path / "a.mp4")
    with pytest.raises(UnreadableMedia, match=r"a\.mp4"):
        posted_picture(tmp_path / "a.mp4", size=64, rng=np.random.default_rng(0))


def test_a_codec_that_fails_or_loses_frames_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(tmp_path / "a.mp4", count=20).path
    monkeypatch.setattr(round_trips, "encoders", lambda: ["libx264"])
    monkeypatch.setitem(CODECS, "libx264", ("h264", lambda _: {"preset": "no such"}))
    with pytest.raises(MediaError, match="libx264") as failed:
        post(path)
    assert not isinstance(failed.value, UnreadableMedia)
    monkeypatch.undo()

    def broken(*_: object) -> Iterator[Any]:
        raise av.error.ExternalError(0, "the encoder failed")
        yield

    monkeypatch.setattr(round_trips, "_through_codec", broken)
    with pytest.raises(MediaError, match="the encoder failed"):
        post(path)

    def none(images: Iterator[Any], *_: object) -> Iterator[Any]:
        yield from ()
        list(images)

    monkeypatch.setattr(round_trips, "_through_codec", none)
    with pytest.raises(MediaError, match="lost frames"):
        post(path)


def test_posted_pictures_went_through_jpeg(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), photo(3, 300, 200))
    plain = read_picture(tmp_path / "a.png", size=64)
    made = [posted_picture(tmp_path / "a.png", size=64, rng=np.random.default_rng(seed)) for seed in range(12)]
    for seed, square in enumerate(made):
        assert square.shape == (1, 64, 64, 3)
        assert 1.0 < error(square, plain)[0] < 25
        assert np.array_equal(square, posted_picture(tmp_path / "a.png", size=64, rng=np.random.default_rng(seed)))
    assert len({square.tobytes() for square in made}) == 12


def test_without_pyav_the_recipe_is_pointed_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(tmp_path / "a.mp4", count=6).path
    cv2.imwrite(str(tmp_path / "a.png"), photo(3))
    for name in [name for name in sys.modules if name == "av" or name.startswith("av.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UsageError, match="posted_share = 0"):
        load_videos([path], cache=tmp_path / "frames.npz", size=64, posted=True)
    # Pictures alone need none.
    store = load_videos([tmp_path / "a.png"], cache=tmp_path / "pictures.npz", size=64, posted=True)
    assert not np.array_equal(store.twins[0], store.frames)


def test_pyav_is_not_loaded_before_something_is_posted() -> None:
    code = "import sys, vtl_desktop.training.datasets, vtl_desktop.training.round_trips; print('av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


def test_twins_lie_row_by_row_where_files_were_left_out(mixed: Path) -> None:
    said: list[str] = []
    store = loaded(mixed, said=said)
    (twin,) = store.twins
    assert store.spans().tolist() == [[0, 4], [4, 10], [10, 11], [11, 12]]
    assert twin.shape == store.frames.shape
    assert [read_number(square) for square in twin[4:10]] == [0, 6, 12, 18, 24, 30]
    assert (error(twin, store.frames) > 0.5).all()
    assert [int(np.argmin(error(store.frames, square[None]))) for square in twin] == list(range(12))
    assert sum("left out" in line for line in said) == 2
    assert not any("not posted" in line for line in said)


def test_twins_are_made_only_where_they_are_asked_for(mixed: Path) -> None:
    assert loaded(mixed, posted=False).twins == ()
    assert [path.name for path in (mixed / "out").iterdir()] == ["frames.npz"]


def test_twins_are_made_once(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = loaded(mixed)
    assert sorted(path.name for path in (mixed / "out").iterdir()) == ["frames-posted.npz", "frames.npz"]
    for name in ("read_squares", "read_picture"):
        monkeypatch.setattr(datasets, name, refuse)
    for name in ("posted_video", "posted_picture"):
        monkeypatch.setattr(round_trips, name, refuse)
    again = loaded(mixed)
    assert np.array_equal(again.frames, store.frames)
    assert np.array_equal(again.twins[0], store.twins[0])
    assert loaded(mixed, posted=False).twins == ()


def test_frames_that_are_cached_are_not_decoded_again_for_their_twins(
    mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = loaded(mixed)
    (mixed / "out" / "frames-posted.npz").unlink()
    # What was left out can be decoded now: it is of no clip.
    make_video(mixed / "train" / "b.mp4", count=12, picture=moving)
    for name in ("read_squares", "read_picture"):
        monkeypatch.setattr(datasets, name, refuse)
    later = loaded(mixed)
    assert np.array_equal(later.frames, whole.frames)
    assert np.array_equal(later.twins[0], whole.twins[0])


def test_a_cache_that_does_not_name_its_files_is_used_where_none_was_left_out(
    mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = loaded(mixed)
    forget_files(mixed)
    said: list[str] = []
    assert np.array_equal(loaded(mixed, said=said).twins[0], whole.twins[0])
    assert any("decoding them again" in line for line in said)
    for path in (mixed / "train" / "b.mp4", mixed / "train_images" / "q.jpg"):
        path.unlink()
    forget_files(mixed)
    for name in ("read_squares", "read_picture"):
        monkeypatch.setattr(datasets, name, refuse)
    assert np.array_equal(loaded(mixed).twins[0], whole.twins[0])


def forget_files(media: Path) -> None:
    """Writes the cache as earlier versions did, and removes the twins."""
    (media / "out" / "frames-posted.npz").unlink()
    with np.load(media / "out" / "frames.npz") as stored:
        kept = {name: stored[name] for name in ("frames", "clip", "rate")}
    np.savez(media / "out" / "frames.npz", **kept)


def test_a_file_that_is_gone_or_has_changed_does_not_shift_the_others(mixed: Path) -> None:
    whole = loaded(mixed)
    (mixed / "out" / "frames-posted.npz").unlink()
    make_video(mixed / "train" / "a.mp4", count=90)
    said: list[str] = []
    changed = loaded(mixed, said=said)
    assert any("a.mp4 has changed" in line for line in said)
    assert np.array_equal(changed.twins[0][:4], whole.frames[:4])
    assert np.array_equal(changed.twins[0][4:], whole.twins[0][4:])
    (mixed / "out" / "frames-posted.npz").unlink()
    (mixed / "train" / "a.mp4").unlink()
    fewer = loaded(mixed, said=said)
    assert np.array_equal(fewer.frames, whole.frames[4:])
    assert [read_number(square) for square in fewer.twins[0][:6]] == [0, 6, 12, 18, 24, 30]


def test_twins_of_another_seed_or_other_frames_are_made_anew(mixed: Path) -> None:
    first, second = loaded(mixed), loaded(mixed, seed=1)
    assert np.array_equal(first.frames, second.frames)
    assert not np.array_equal(first.twins[0], second.twins[0])
    assert np.array_equal(loaded(mixed).twins[0], first.twins[0])
    (mixed / "out" / "frames.npz").unlink()
    cv2.imwrite(str(mixed / "train_images" / "p.png"), photo(8))
    (twin,) = loaded(mixed).twins
    assert np.array_equal(twin[:10], first.twins[0][:10])
    assert not np.array_equal(twin[10], first.twins[0][10])


def test_a_failed_round_trip_leaves_the_frames_as_they_are(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path, **arguments: Any) -> np.ndarray:
        if path.name == "a.mp4":
            raise MediaError(f"{path}: could not be coded.")
        return posted_video(path, **arguments)

    monkeypatch.setattr(round_trips, "posted_video", fails)
    said: list[str] = []
    store = loaded(mixed, said=said)
    assert np.array_equal(store.twins[0][:4], store.frames[:4])
    assert (error(store.twins[0][4:], store.frames[4:]) > 0.5).all()
    assert [line for line in said if "not posted" in line and "a.mp4" in line]


def test_what_is_cancelled_leaves_the_frames_and_no_half_written_twins(mixed: Path) -> None:
    def cancel(_: float, message: str) -> None:
        if message.startswith("posting"):
            raise Cancelled

    with pytest.raises(Cancelled):
        load_frames(mixed, cache=mixed / "out" / "frames.npz", size=64, posted=True, progress=cancel)
    assert [path.name for path in (mixed / "out").iterdir()] == ["frames.npz"]
    assert len(loaded(mixed).twins) == 1
