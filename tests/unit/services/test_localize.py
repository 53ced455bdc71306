"""Masks of a suspect against its source, from files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.helpers.forged_pair import FORGED, HEIGHT, RATE, WIDTH, candidate, picture, source_frames, write_forged_pair
from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.errors import Cancelled, FrameUnavailable, MissingMedia
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.localization import FITTED_DIFFERENCE, LOCALIZATOR
from vtl_desktop.core.regions import ADDED_GRAPHICS, ALTERED_CONTENT
from vtl_desktop.media.writers import write_video
from vtl_desktop.services.intake import take_in
from vtl_desktop.services.localize import Localizer
from vtl_desktop.services.survey import SurveyBook
from vtl_desktop.services.workbench import Workbench


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A suspect that shows the source from 1 s on, mirrored, with a region replaced; and the source."""
    return write_forged_pair(tmp_path_factory.mktemp("media"))


def overlap(grey: np.ndarray) -> float:
    true = np.zeros((HEIGHT, WIDTH), bool)
    true[FORGED] = True
    true, said = true[:, ::-1], grey > 127
    return float((said & true).sum() / (said | true).sum())


@pytest.mark.parametrize("method", [LOCALIZATOR, FITTED_DIFFERENCE])
def test_the_replaced_region_is_marked_in_the_suspects_pixels(files: tuple[Path, Path], method: str) -> None:
    with Localizer(*files, candidate(files[1], Segment(0.0, 1.2, 1.0))) as localizer:
        assert localizer.methods == (LOCALIZATOR, FITTED_DIFFERENCE)
        mask = localizer.mask(0.61, method=method)
    assert mask is not None
    assert mask.picture.shape == (HEIGHT, WIDTH)
    assert mask.method == method
    assert (mask.altered is None) == (method == FITTED_DIFFERENCE)
    assert mask.registration.mirrored
    assert mask.source_time == pytest.approx(1.6, abs=1e-3)
    assert overlap(mask.picture) > 0.75


def test_an_alignment_that_is_two_frames_off_is_put_right(files: tuple[Path, Path]) -> None:
    with Localizer(*files, candidate(files[1], Segment(0.0, 1.2, 1.1))) as localizer:
        pair = localizer.registered_pair(0.5)
    assert (pair.suspect.index, pair.source.index) == (10, 30)


def test_a_registered_pair_lies_on_each_other(files: tuple[Path, Path]) -> None:
    with Localizer(*files, candidate(files[1], Segment(0.0, 1.2, 1.0))) as localizer:
        pair = localizer.registered_pair(0.3)
    assert pair.warped.shape == (HEIGHT, WIDTH, 3)
    assert pair.inside.all()
    unchanged = np.ones((HEIGHT, WIDTH), bool)
    unchanged[60:180, 90:240] = False
    assert np.abs(pair.warped.astype(int) - pair.suspect.picture)[unchanged].mean() < 4


def test_at_a_cut_the_picture_decides_which_segment_a_frame_belongs_to(tmp_path: Path) -> None:
    frames = list(source_frames(60))
    write_video(tmp_path / "source.mp4", frames, RATE)
    write_video(tmp_path / "suspect.mp4", frames[:10] + frames[40:50], RATE)
    # The cut lies at 0.5 s; the alignment has it three frames late.
    found = replace(
        candidate(tmp_path / "source.mp4", Segment(0.0, 0.65, 0.0), Segment(0.65, 1.0, 2.15)), mirrored=False
    )
    with Localizer(tmp_path / "suspect.mp4", tmp_path / "source.mp4", found) as localizer:
        shown = [localizer.registered_pair(index / RATE).source.index for index in (8, 9, 10, 12, 13)]
    assert shown == [8, 9, 40, 42, 43]


def test_a_moment_without_a_source_has_no_mask(files: tuple[Path, Path]) -> None:
    with Localizer(*files, candidate(files[1], Segment(0.0, 0.5, 1.0))) as localizer:
        assert localizer.mask(0.9) is None
        with pytest.raises(FrameUnavailable) as caught:
            localizer.registered_pair(0.9)
    assert caught.value.hint


def test_a_frame_that_begins_where_the_segment_ends_is_shown_but_not_judged(files: tuple[Path, Path]) -> None:
    with Localizer(*files, candidate(files[1], Segment(0.0, 0.5, 1.0))) as localizer:
        assert localizer.mask(0.5) is None
        assert localizer.registered_pair(0.5).source.index == 30


def test_without_an_alignment_the_best_pair_is_still_shown(files: tuple[Path, Path]) -> None:
    with Localizer(*files, candidate(files[1])) as localizer:
        assert localizer.mask(0.5) is None
        pair = localizer.registered_pair(0.5)
    assert pair.source.index == 30


def test_masks_are_written_for_every_frame(files: tuple[Path, Path], tmp_path: Path) -> None:
    said: list[float] = []
    seen: list[tuple[bool, float]] = []
    with Localizer(*files, candidate(files[1], Segment(0.0, 0.8, 1.0))) as localizer:
        out = localizer.write_masks(
            tmp_path / "masks.mkv",
            on_mask=lambda mask, moment: seen.append((mask is not None, round(moment, 3))),
            progress=lambda share, _: said.append(share),
        )
    with av.open(str(out)) as container:
        masks = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(masks) == 24
    assert masks[0].shape == (HEIGHT, WIDTH)
    assert overlap(masks[5]) > 0.75
    assert not masks[23].any()
    assert said[-1] == 1.0
    assert [moment for _, moment in seen] == [round(number / RATE, 3) for number in range(24)]
    assert [there for there, _ in seen] == [True] * 16 + [False] * 8


def test_a_suspect_is_surveyed_against_its_source(files: tuple[Path, Path]) -> None:
    found_in: dict[str, SurveyBook] = {}
    exhibit = take_in(files[0])
    times = np.arange(24) / RATE
    aligned = candidate(files[1], Segment(0.0, 1.2, 1.0))
    found = Workbench().survey(exhibit, aligned, times, found_in)
    (region,) = found.regions
    assert region.kind in (ADDED_GRAPHICS, ALTERED_CONTENT)
    assert region.frames == 24
    assert region.box.place(found.width, found.height) == "centre"
    assert Workbench().survey(exhibit, aligned, times, found_in) == found, "nothing is done twice"


def test_a_cancelled_job_leaves_nothing_behind(files: tuple[Path, Path], tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with Localizer(*files, candidate(files[1], Segment(0.0, 0.8, 1.0))) as localizer, pytest.raises(Cancelled):
        localizer.write_masks(tmp_path / "masks.mkv", cancel=cancel)
    assert not (tmp_path / "masks.mkv").exists()


def test_a_source_that_moved_is_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(MissingMedia) as caught:
        Localizer(files[0], tmp_path / "gone.mp4", candidate(files[1]))
    assert "gone.mp4" in caught.value.message
    assert caught.value.hint


def test_a_picture_is_a_suspect_too(files: tuple[Path, Path], tmp_path: Path) -> None:
    still = list(source_frames(31))[30]
    still[FORGED] = picture(2)[FORGED]
    path = tmp_path / "suspect.png"
    cv2.imwrite(str(path), np.ascontiguousarray(still[:, ::-1, ::-1]))
    with Localizer(path, files[1], candidate(files[1], Segment(0.0, 0.0, 1.5))) as localizer:
        mask = localizer.mask(0.0)
    assert mask is not None
    assert overlap(mask.picture) > 0.7


def test_where_the_pictures_do_not_lie_on_each_other_nothing_is_claimed(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    path = tmp_path / "other.png"
    cv2.imwrite(str(path), picture(7))
    with Localizer(path, files[1], candidate(files[1], Segment(0.0, 0.0, 1.5))) as localizer:
        assert localizer.mask(0.0) is None
        assert not localizer.registered_pair(0.0).registration.trusted


def zoomed(frame: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """The middle part of a frame, enlarged; and the matrix from there to the frame."""
    left, top = (1 - share) * WIDTH / 2, (1 - share) * HEIGHT / 2
    matrix = np.array([[share, 0, left], [0, share, top], [0, 0, 1]])
    return cv2.warpPerspective(frame, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP), matrix


@pytest.mark.parametrize("zooming", [True, False])
def test_a_slow_zoom_is_followed_and_a_still_crop_is_kept_steady(tmp_path: Path, zooming: bool) -> None:
    frames, other, suspect, places = list(source_frames(60)), picture(2), [], []
    for number, frame in enumerate(frames):
        forged = frame.copy()
        forged[FORGED] = other[FORGED]
        shown, matrix = zoomed(forged, 1 - 0.3 * number / 59 if zooming else 0.8)
        suspect.append(shown)
        places.append(matrix)
    write_video(tmp_path / "source.mp4", frames, RATE, options={"crf": "20"})
    write_video(tmp_path / "suspect.mp4", suspect, RATE, options={"crf": "20"})
    found = replace(candidate(tmp_path / "source.mp4", Segment(0.0, 3.0, 0.0)), mirrored=False)
    corners = np.array([[0.0, 0, 1], [WIDTH, 0, 1], [WIDTH, HEIGHT, 1], [0, HEIGHT, 1]])
    seen = set()
    with Localizer(tmp_path / "suspect.mp4", tmp_path / "source.mp4", found) as localizer:
        for number in (1, 20, 41, 58):
            place = localizer.registered_pair(number / RATE).registration
            seen.add(place.matrix)
            there = corners @ place.array.T
            assert np.abs(there[:, :2] / there[:, 2:] - (corners @ places[number].T)[:, :2]).max() < 1.5
            mask = localizer.mask(number / RATE)
            assert mask is not None
            true = np.zeros((HEIGHT, WIDTH), np.uint8)
            true[FORGED] = 255
            true = cv2.warpPerspective(true, places[number], (WIDTH, HEIGHT), flags=cv2.WARP_INVERSE_MAP) > 127
            said = mask.picture > 127
            assert (said & true).sum() / (said | true).sum() > 0.75
    assert len(seen) == (4 if zooming else 1)
