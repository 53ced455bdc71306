"""Aligning on registered pictures and comparing what moves in them, from files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.takes import candidate, take
from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.decision import BALANCED
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.localization import Registration
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.media.kept import KeptFrames
from vtl_desktop.media.probe import probe
from vtl_desktop.media.sampling import sample_clips
from vtl_desktop.services.footage import Footage
from vtl_desktop.services.sharpen import Sharpener, frames_to_keep

UPRIGHT = Registration((1.0, 0, 0, 0, 1, 0, 0, 0, 1), inliers=200)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A darker copy that begins half a second into the source; and the source."""
    folder = tmp_path_factory.mktemp("sharpen")
    return take(folder / "copy.mp4", seed=1, first=10, darker=0.7), take(folder / "source.mp4", seed=1)


def sharpener(suspect: Path, kept: KeptFrames | None = None) -> Sharpener:
    return Sharpener(Footage(suspect, probe(suspect), kept), CancelToken())


def placed(source: Path, segment: Segment) -> Candidate:
    return replace(candidate(source, segment), registration=UPRIGHT)


def test_a_wrong_moment_and_a_wrong_speed_are_mended(files: tuple[Path, Path]) -> None:
    suspect, source = files
    both = sharpener(suspect)
    for wrong in (Segment(0.0, 2.0, 0.2), Segment(0.5, 2.0, 0.9, 0.7)):
        found = both.sharpened(placed(source, wrong))
        (segment,) = found.alignment.segments
        for moment in (0.3, 1.2, 2.3):
            assert abs(segment.source_time(moment) - (moment + 0.5)) < 0.01
        assert found.matched_share > 0.95
        assert found.best_source_time == pytest.approx(found.best_suspect_time + 0.5, abs=0.01)


def test_what_was_kept_while_sampling_is_as_good_as_the_file(files: tuple[Path, Path]) -> None:
    suspect, source = files
    kept = frames_to_keep(probe(suspect))
    sample_clips(suspect, size=32, keep=kept)
    wrong = placed(source, Segment(0.0, 2.0, 0.2))
    assert sharpener(suspect, kept).sharpened(wrong) == sharpener(suspect).sharpened(wrong)


def test_what_is_right_already_stays(files: tuple[Path, Path]) -> None:
    suspect, source = files
    right = placed(source, Segment(0.0, 2.5, 0.5))
    assert sharpener(suspect).sharpened(right) is right


def test_what_cannot_be_laid_over_each_other_stays(files: tuple[Path, Path], tmp_path: Path) -> None:
    suspect, source = files
    wrong = Segment(0.0, 2.0, 0.2)
    nowhere = candidate(source, wrong)
    doubtful = replace(nowhere, registration=replace(UPRIGHT, inliers=3))
    away = placed(tmp_path / "away.mp4", wrong)
    one = sharpener(suspect)
    assert all(one.sharpened(candidate) is candidate for candidate in (nowhere, doubtful, away))


def test_a_darker_copy_moves_as_its_source_and_another_take_does_not(files: tuple[Path, Path], tmp_path: Path) -> None:
    suspect, source = files
    aligned = placed(source, Segment(0.0, 2.4, 0.5))
    copy = sharpener(suspect).movement(aligned)
    other = sharpener(take(tmp_path / "other.mp4", seed=2, first=10, darker=0.7))
    assert copy is not None
    assert copy > 0.9 > BALANCED.moves
    for tried in (aligned, other.sharpened(aligned)):
        elsewhere = other.movement(tried)
        assert elsewhere is not None
        assert elsewhere < 0.4 < BALANCED.moves


def test_nothing_is_told_of_what_cannot_be_compared(files: tuple[Path, Path], tmp_path: Path) -> None:
    suspect, source = files
    one = sharpener(suspect)
    assert one.movement(replace(candidate(source), registration=UPRIGHT)) is None
    assert one.movement(candidate(source, Segment(0.0, 2.0, 0.5))) is None
    assert one.movement(placed(tmp_path / "away.mp4", Segment(0.0, 2.0, 0.5))) is None
    assert one.movement(placed(source, Segment(0.5, 0.5, 1.0))) is None


def test_a_long_suspect_is_aligned_by_its_windows(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vtl_desktop.services.sharpen.WHOLE", 1.0)
    monkeypatch.setattr("vtl_desktop.core.windows._LENGTH", 2.0)
    suspect, source = files
    found = sharpener(suspect).sharpened(placed(source, Segment(0.0, 2.5, 0.1)))
    (segment,) = found.alignment.segments
    assert (segment.suspect_start, segment.rate) == (0.0, 1.0)
    assert segment.suspect_end == pytest.approx(2.5)
    assert abs(segment.source_start - 0.5) < 0.01
    # Only what is aligned was compared; likeness is of all of the suspect.
    whole = sharpener(suspect).likeness(replace(found, matched_share=1.0))
    assert whole is not None
    assert whole > 0.8
    assert sharpener(suspect).likeness(replace(found, matched_share=0.3)) == pytest.approx(0.3 * whole)


def test_the_place_that_explains_all_frames_is_taken(files: tuple[Path, Path]) -> None:
    suspect, source = files
    right = placed(source, Segment(0.0, 2.5, 0.5))
    shifted = replace(UPRIGHT, matrix=(1.0, 0, 6.0, 0, 1, 0, 0, 0, 1))
    one = sharpener(suspect)
    tried = replace(right, registration=shifted)
    assert one.placed(tried, lambda _: [shifted, UPRIGHT]).registration == UPRIGHT
    assert one.placed(right, lambda _: [shifted]).registration == UPRIGHT


def test_a_stretch_without_a_frame_is_no_error(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    suspect, source = files
    right = placed(source, Segment(0.0, 2.5, 0.5))
    monkeypatch.setattr("vtl_desktop.services.sharpen.lumas", lambda *_, **__: iter(()))
    one = sharpener(suspect)
    assert one.sharpened(right) is right
    assert one.movement(right) is None
    assert one.ambiguous(right) == ()
