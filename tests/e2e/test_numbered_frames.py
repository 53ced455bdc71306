"""Exact frames through the whole line: the frame of the source that each frame of a suspect is aligned with.

A part of what tests/bench/bench_numbers.py measures; the whole table is in docs/alignment.md.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.frame_truth import exactness
from tests.helpers.numbered_scene import make_source, make_suspect, plans
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.services.enroll import enroll
from vtl_desktop.services.intake import take_in
from vtl_desktop.services.trace import trace

SEEDS = {"24": 1, "30": 4, "variable": 7}

LAST = 2
"""Frames at the ends of a suspect that may lie outside the aligned segments."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("numbered")
    sources = [make_source(where / f"{rate}.mp4", rate, seed) for rate, seed in SEEDS.items()]
    enroll(sources, where / "archive.h5")
    return where


def traced(folder: Path, rate: str, edit: str) -> tuple[Path, Candidate]:
    source = folder / f"{rate}.mp4"
    with VideoFile(source) as video:
        plan = plans(video.times)[edit]
    suspect = make_suspect(folder / f"{rate} {edit}.mp4", source, plan)
    first = trace(take_in(suspect), folder / "archive.h5").candidates[0]
    assert first.source.name == source.name
    return suspect, first


@pytest.mark.parametrize(
    ("rate", "edit"),
    [
        ("24", "speed 0.5"),
        ("24", "10 dropped, closed up"),
        ("30", "at 60"),
        ("30", "10 dropped, closed up"),
        ("30", "jump cut"),
        ("variable", "10 dropped, closed up"),
        ("variable", "every 5th dropped, time kept"),
        ("variable", "cut from the middle"),
    ],
)
def test_every_aligned_frame_is_the_very_frame(folder: Path, rate: str, edit: str) -> None:
    found = exactness(*traced(folder, rate, edit), shown=False)
    assert found.worst == 0
    assert round((1 - found.exact) * found.frames) <= LAST


@pytest.mark.parametrize(
    ("rate", "edit"),
    # Every fifth closed up: the line has an eighth of a frame to spare.
    [("30", "speed 0.8"), ("30", "speed 1.25"), ("variable", "at 25"), ("30", "every 5th dropped, closed up")],
)
def test_where_frames_fall_between_those_of_the_source_one_frame_is_the_most_it_is_off(
    folder: Path, rate: str, edit: str
) -> None:
    found = exactness(*traced(folder, rate, edit), shown=False)
    assert found.worst <= 1
    assert found.covered > 0.98


def test_frames_that_are_shown_again_are_laid_over_the_frame_they_repeat(folder: Path) -> None:
    found = exactness(*traced(folder, "30", "every 5th repeats the last"))
    # The alignment is a line: every fifth frame cannot lie on it. The picture decides there.
    assert found.exact == pytest.approx(0.8, abs=0.02)
    assert found.shown > 0.95
