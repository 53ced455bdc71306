"""Finding sources by codes: mirrored, by parts of the suspect, as a part of the source. A plain encoder stands in."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.helpers.drawn_scenes import Picture, Thumbnails, scene, video
from vtl_desktop.core.media import Box
from vtl_desktop.media.sampling import WHOLE, ClipSamples, sample_clips
from vtl_desktop.services.crops import NINTHS, crop_codes
from vtl_desktop.services.find import PREVIEWS, Finder, Found
from vtl_desktop.services.search import ClipSearch, CropSearch

SOURCES = 6


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("archive")
    return {n: video(folder / f"{n}.mp4", lambda p: p, n) for n in range(1, SOURCES + 1)}


@pytest.fixture(scope="module")
def finder(archive: dict[int, Path]) -> Finder:
    encoder, clips, crops = Thumbnails(), [], []
    for number, path in archive.items():
        samples = sample_clips(path, size=64, previews=PREVIEWS)
        clips.append((encoder.encode(samples.pictures), np.full(len(samples.times), number), samples.times))
        codes, times, boxes = crop_codes(samples, [(0.0, 2.0)], encoder)
        assert len(codes) == len(NINTHS)
        assert (times == times[0]).all()
        crops.append((codes, np.full(len(codes), number), boxes))

    def sample_source(source_id: int, box: Box) -> ClipSamples:
        return sample_clips(archive[source_id], size=64, part=box)

    search, parts = (
        ClipSearch(*map(np.concatenate, zip(*clips, strict=True))),
        CropSearch(*map(np.concatenate, zip(*crops, strict=True))),
    )
    return Finder(search, parts, encoder, sample_source)


def found(finder: Finder, path: Path) -> list[Found]:
    samples = sample_clips(path, size=64, previews=PREVIEWS)
    return finder.find(samples, lambda box: sample_clips(path, size=64, part=box))


def inset(picture: Picture) -> Picture:
    out = scene(99)
    out[40:139, 80:256] = cv2.resize(picture, (176, 99), interpolation=cv2.INTER_AREA)
    return out


def test_a_copy_is_found_at_once(finder: Finder, tmp_path: Path) -> None:
    first, *rest = found(finder, video(tmp_path / "a.mp4", lambda p: p, 3))
    assert (first.ranked.source_id, first.mirrored, first.samples.part) == (3, False, WHOLE)
    assert sorted(one.ranked.source_id for one in rest) == [1, 2, 4, 5, 6]


def test_a_mirrored_copy(finder: Finder, tmp_path: Path) -> None:
    first = found(finder, video(tmp_path / "a.mp4", lambda p: p[:, ::-1], 2))[0]
    assert (first.ranked.source_id, first.mirrored) == (2, True)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_picture_in_a_picture(finder: Finder, tmp_path: Path, mirrored: bool) -> None:
    path = video(tmp_path / "a.mp4", lambda p: inset(p[:, ::-1] if mirrored else p), 4)
    first = found(finder, path)[0]
    assert (first.ranked.source_id, first.mirrored) == (4, mirrored)
    assert first.samples.part.overlap(Box(0.25, 40 / 180, 0.8, 139 / 180)) > 0.85
    assert first.ranked.distance < 0.15 * 512
    # The alignment is made from the part's own clips.
    assert first.ranked.matrix.shape == (len(first.samples.times), 8)


def test_a_picture_between_bars(finder: Finder, tmp_path: Path) -> None:
    first = found(
        finder, video(tmp_path / "a.mp4", lambda p: cv2.copyMakeBorder(p, 70, 70, 0, 0, cv2.BORDER_CONSTANT), 5)
    )[0]
    assert first.ranked.source_id == 5
    assert first.samples.part.overlap(Box(0, 70 / 320, 1, 250 / 320)) > 0.9


def test_a_quarter_of_the_source(finder: Finder, tmp_path: Path) -> None:
    path = video(tmp_path / "a.mp4", lambda p: p[2:102, 140:316], 6)
    first = found(finder, path)[0]
    assert first.ranked.source_id == 6
    assert first.samples.part == WHOLE
    assert first.motion is not None
    assert first.ranked.matrix.shape == (8, 8)


def test_the_source_may_be_away(finder: Finder, tmp_path: Path) -> None:
    path = video(tmp_path / "a.mp4", lambda p: p[0:100, 0:176], 6)
    away = Finder(finder.search, finder.crops, finder.encoder, lambda *_: None)
    first = found(away, path)[0]
    assert (first.ranked.source_id, first.motion) == (6, None)


def test_a_small_inset_stands_behind_the_rest(finder: Finder, tmp_path: Path) -> None:
    def change(picture: Picture) -> Picture:
        picture = picture.copy()
        picture[112:, 198:] = cv2.resize(scene(2), (122, 68), interpolation=cv2.INTER_AREA)
        # Grain keeps the whole picture from being settled at once.
        return np.clip(picture + np.random.default_rng(0).normal(0, 25, picture.shape), 0, 255).astype(np.uint8)

    order = [one.ranked.source_id for one in found(finder, video(tmp_path / "a.mp4", change, 1))]
    assert order[0] == 1


def test_nothing_is_tried_that_was_not_asked_for(finder: Finder, tmp_path: Path) -> None:
    path = video(tmp_path / "a.mp4", inset, 4)
    plain = Finder(finder.search, finder.crops, finder.encoder, finder.sample_source, mirror=False, parts=False)
    assert all(one.samples.part == WHOLE and not one.mirrored for one in found(plain, path))


def test_an_empty_database_has_nothing(finder: Finder, archive: dict[int, Path]) -> None:
    none = np.zeros((0, 64), np.uint8)
    empty = Finder(
        ClipSearch(none, np.zeros(0, np.int64), np.zeros(0)),
        CropSearch(none, np.zeros(0, np.int64), np.zeros((0, 4), np.float32)),
        finder.encoder,
        finder.sample_source,
    )
    assert found(empty, archive[1]) == []
