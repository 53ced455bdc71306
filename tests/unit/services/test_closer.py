"""A closer look: what both pictures show is compared, where that is not all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.drawn_scenes import HEIGHT, WIDTH, Picture, Thumbnails, video
from vtl_desktop.core.hashing import distances
from vtl_desktop.core.localization import Registration
from vtl_desktop.core.media import Box
from vtl_desktop.core.tracing import Candidate, Source
from vtl_desktop.core.voting import video_distance
from vtl_desktop.media.sampling import WHOLE, ClipSamples, sample_clips
from vtl_desktop.services.candidates import aligned, candidate_of
from vtl_desktop.services.closer import CloserLook
from vtl_desktop.services.search import Ranked

TOP, LEFT = 30, 100


def cropped(picture: Picture) -> Picture:
    return picture[TOP : TOP + 120, LEFT : LEFT + 200]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return video(tmp_path / "suspect.mp4", cropped, 5), video(tmp_path / "source.mp4", lambda p: p, 5)


def known(suspect: ClipSamples, source: ClipSamples, path: Path, registration: Registration | None) -> Candidate:
    encoder = Thumbnails()
    matrix = distances(encoder.encode(suspect.pictures), encoder.encode(source.pictures))
    ranked = Ranked(1, video_distance(matrix.min(axis=1)), matrix, source.times)
    facts = Source(1, str(path), "0" * 64, 1, 2.0, 20.0, WIDTH, HEIGHT, "h264", "2026-01-01T00:00:00+00:00")
    found = candidate_of(facts, ranked, suspect, mirrored=False)
    found = aligned(found, ranked, suspect, source.motion, bits=512)
    return replace(found, registration=registration)


def look_at(pair: tuple[Path, Path], registration: Registration | None, *, away: bool = False) -> list[Candidate]:
    """The candidate before and after."""
    suspect, source = (sample_clips(path, size=64) for path in pair)
    asked: list[Box] = []

    def sample_source(_: int, box: Box) -> ClipSamples | None:
        asked.append(box)
        return None if away else sample_clips(pair[1], size=64, part=box)

    look = CloserLook(suspect.facts, lambda box: sample_clips(pair[0], size=64, part=box), sample_source, Thumbnails())
    before = known(suspect, source, pair[1], registration)
    return [before, look.at(before)]


def placed(x: float, y: float, inliers: int = 100) -> Registration:
    return Registration((1, 0, x, 0, 1, y, 0, 0, 1), inliers=inliers, method="keypoints")


def test_a_crop_is_compared_with_that_part_of_the_source(pair: tuple[Path, Path]) -> None:
    before, after = look_at(pair, placed(LEFT, TOP))
    assert before.distance > 0.25 * 512
    assert after.distance < 0.1 * 512
    assert after.registration == before.registration
    assert after.part is None
    assert [(s.source_start, s.rate) for s in after.alignment.segments] == [(pytest.approx(0, abs=0.06), 1.0)]
    assert after.agreement > 0.8


@pytest.mark.parametrize(
    "registration", [None, placed(LEFT, TOP, inliers=12), Registration((1.6, 0, 0, 0, 1.5, 0, 0, 0, 1), inliers=90)]
)
def test_where_nothing_is_known_or_all_is_shown_it_stays(pair: tuple[Path, Path], registration: Registration) -> None:
    before, after = look_at(pair, registration)
    assert after is before


def test_a_look_that_makes_it_worse_is_forgotten(pair: tuple[Path, Path]) -> None:
    before, after = look_at(pair, placed(0, 60))
    assert after is before


def test_a_source_that_is_away_stays_as_it_was(pair: tuple[Path, Path]) -> None:
    before, after = look_at(pair, placed(LEFT, TOP), away=True)
    assert after is before


def test_an_inset_is_compared_alone(tmp_path: Path) -> None:
    def inset(picture: Picture) -> Picture:
        out = np.full((HEIGHT + 120, WIDTH, 3), 128, np.uint8)
        out[60 : 60 + HEIGHT] = picture
        return out

    paths = video(tmp_path / "suspect.mp4", inset, 4), video(tmp_path / "source.mp4", lambda p: p, 4)
    before, after = look_at(paths, placed(0, -60))
    assert after.distance < before.distance
    assert after.part is not None
    assert after.part.overlap(Box(0, 0.2, 1, 0.8)) > 0.98
    assert sample_clips(paths[0], size=8).part == WHOLE
