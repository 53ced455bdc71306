"""The survey of a suspect: order, progress, waiting, stopping and going on; its file."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers import sample_case
from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.errors import Cancelled, FrameUnavailable, StorageFull
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.localization import FITTED_DIFFERENCE, Mask, Registration
from vtl_desktop.core.regions import CHANGED
from vtl_desktop.core.survey import Survey
from vtl_desktop.services.survey import COARSE, FORMAT, SurveyBook, aligned_frames, survey, write_survey
from vtl_desktop.storage.json_values import from_json

WIDTH, HEIGHT, RATE = 160, 90, 25
WHOLE = Registration((1, 0, 0, 0, 1, 0, 0, 0, 1))


class Painter:
    """A Localizer that marks a square that moves, between `start` and `end` seconds."""

    methods = (FITTED_DIFFERENCE,)

    def __init__(self, candidate, *, start=0.0, end=1e9, delay=0.0, holes=()):
        self.candidate, self.start, self.end, self.delay, self.holes = candidate, start, end, delay, holes
        self.asked: list[float] = []

    def mask(self, moment, *, method=None):
        self.asked.append(round(moment, 3))
        time.sleep(self.delay)
        if round(moment * RATE) in self.holes:
            raise FrameUnavailable("a hole")
        source_time = self.candidate.alignment.source_time(moment)
        if source_time is None:
            return None
        picture = np.zeros((HEIGHT, WIDTH), np.uint8)
        if self.start <= moment < self.end:
            left = 20 + int(moment * 2) % 80
            picture[30:60, left : left + 30] = 220
        return Mask(picture, FITTED_DIFFERENCE, moment, source_time, WHOLE)


def made(frames, *segments, **options):
    segments = segments or (Segment(0.0, frames / RATE, 4.0),)
    candidate = replace(sample_case.candidate(1), alignment=Alignment(segments))
    times = np.arange(frames) / RATE
    return Painter(candidate, **options), times, SurveyBook(candidate, WIDTH, HEIGHT, frames)


def test_a_short_suspect_is_gone_through_in_order() -> None:
    localizer, times, book = made(50, start=0.4, end=1.2)
    told = []
    found = survey(localizer, times, book, progress=lambda share, words: told.append((share, words)))
    assert localizer.asked == [round(t, 3) for t in times]
    (region,) = found.regions
    assert (region.kind, region.start, region.end) == (CHANGED, pytest.approx(0.4), pytest.approx(1.16))
    assert region.source_start == pytest.approx(4.4)
    assert (found.frames, found.examined, found.compared, found.complete) == (50, 50, 50, True)
    assert found.most_share == pytest.approx(900 / (WIDTH * HEIGHT))
    assert found.mean_share == pytest.approx(0.4 * 900 / (WIDTH * HEIGHT))
    assert found.method == FITTED_DIFFERENCE
    assert not found.tells_kinds
    assert told[-1][0] == 1.0
    assert "Frame 25 of 50" in [words for _, words in told]


def test_a_long_one_is_looked_over_first_and_nothing_is_done_twice() -> None:
    localizer, times, book = made(1000, start=10.0, end=20.0)
    updates: list[Survey] = []
    found = survey(localizer, times, book, on_update=updates.append)
    first = localizer.asked[:COARSE]
    assert np.diff(first).min() > 0.5
    assert first[-1] > 39
    assert len(localizer.asked) == len(set(localizer.asked)) == 1000
    (region,) = found.regions
    assert (region.start, region.end) == (10.0, pytest.approx(19.96))
    assert region.frames == 250
    assert found.examined == 1000


def test_the_outline_is_there_before_the_rest() -> None:
    localizer, times, book = made(1000, start=10.0, end=20.0)
    cancel = CancelToken()

    def stop(share: float, words: str) -> None:
        if len(localizer.asked) >= COARSE + 20:
            cancel.cancel()

    with pytest.raises(Cancelled):
        survey(localizer, times, book, progress=stop, cancel=cancel)
    outline = book.survey()
    assert not outline.complete
    assert outline.examined_until == pytest.approx(19 / RATE, abs=0.05)
    (region,) = outline.regions
    assert region.start == pytest.approx(10.0, abs=1.0)
    assert region.end == pytest.approx(20.0, abs=1.0)
    assert max(outline.area.times) > 39
    # Going on does not look again at what is known.
    before = len(localizer.asked)
    found = survey(localizer, times, book)
    assert len(localizer.asked) == 1000
    assert before < 100
    assert found.complete
    assert found.regions[0].frames == 250


def test_it_stops_within_a_fifth_of_a_second_and_while_it_waits() -> None:
    for options in ({"delay": 0.02}, {"busy": True}):
        localizer, times, book = made(2000, delay=options.get("delay", 0.0))
        cancel, ended = CancelToken(), threading.Event()

        def work(localizer=localizer, times=times, book=book, cancel=cancel, ended=ended, options=options) -> None:
            with pytest.raises(Cancelled):
                survey(localizer, times, book, urgent=lambda: "busy" in options, cancel=cancel)
            ended.set()

        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(0.15)
        begun = time.monotonic()
        cancel.cancel()
        assert ended.wait(2)
        assert time.monotonic() - begun < 0.2
        thread.join()


def test_it_waits_while_something_is_urgent() -> None:
    localizer, times, book = made(10)
    looks = iter([True, True, True] + [False] * 100)
    survey(localizer, times, book, urgent=lambda: next(looks))
    assert len(localizer.asked) == 10


def test_what_is_not_aligned_and_holes_are_told_as_unknown() -> None:
    localizer, times, book = made(50, Segment(0.4, 1.2, 4.0), holes=(15,))
    found = survey(localizer, times, book)
    shares = found.area.shares
    assert shares[0] is shares[15] is shares[-1] is None
    assert shares[12] is not None
    assert found.compared == 20
    assert len(found.regions) == 1, "a hole does not end a region"
    assert aligned_frames(localizer.candidate, times).tolist() == list(range(10, 31))


def test_a_single_picture() -> None:
    localizer, times, book = made(1, Segment(0.0, 0.0, 4.0))
    found = survey(localizer, times, book)
    assert len(found.regions) == 1
    assert (found.complete, found.examined, found.area.times) == (True, 1, (0.0,))


def test_the_file_holds_what_the_survey_holds(tmp_path) -> None:
    localizer, times, book = made(30)
    found = survey(localizer, times, book)
    out = write_survey(tmp_path / "a.regions.json", sample_case.exhibit(), sample_case.candidate(1), found)
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["format"] == FORMAT
    assert told["source"]["sha256"] == sample_case.source(1).sha256
    assert "differs" in told["means"]
    assert from_json(Survey, told["survey"]) == found
    with pytest.raises(StorageFull):
        write_survey(tmp_path / "none" / "a.json", sample_case.exhibit(), sample_case.candidate(1), found)
