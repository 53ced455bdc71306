"""The area track, and moving from region to region."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vtl_desktop.core.regions import CHANGED, ChangedRegion, PixelBox
from vtl_desktop.core.survey import MOST_ENTRIES, AreaCollector, AreaTrack, Survey
from vtl_desktop.storage.json_values import from_json, to_json


def region(number: int, peak: float) -> ChangedRegion:
    return ChangedRegion(number, CHANGED, peak - 0.2, peak + 0.2, peak, PixelBox(0, 0, 9, 9), (), 10, 0.1, 0.2, 180.0)


def a_survey(**changes) -> Survey:
    track = AreaTrack((0.0, 0.04, 0.08), (0.1, None, 0.3))
    plain = Survey(1, "ab", "fitted difference", 64, 36, 3, 3, 2, True, 0.08, 0.2, 0.3, 0.08, track)
    return replace(plain, **changes)


def test_frames_may_come_in_any_order() -> None:
    collector = AreaCollector(4)
    for index, share in ((2, 0.5), (0, 0.0), (1, None), (3, 0.25)):
        collector.add(index, index / 25, share)
    track = collector.track()
    assert track.times == (0.0, 0.04, 0.08, 0.12)
    assert track.shares == (0.0, None, 0.5, 0.25)
    assert track.graphics == track.altered == ()
    assert (collector.examined, collector.compared) == (4, 3)
    assert collector.mean == pytest.approx(0.25)
    assert collector.most == (0.5, 0.08)
    assert track.known[:, 0].tolist() == [0.0, 0.08, 0.12]


def test_kinds_are_kept_apart() -> None:
    collector = AreaCollector(2)
    collector.add(0, 0.0, 0.3, (0.1, 0.2))
    collector.add(1, 0.04, None)
    track = collector.track()
    assert (track.graphics, track.altered) == ((0.1, None), (0.2, None))
    assert np.allclose(track.known, [[0.0, 0.3, 0.1, 0.2]])


def test_of_a_long_suspect_the_most_of_some_frames_is_kept() -> None:
    frames = 5 * MOST_ENTRIES
    collector = AreaCollector(frames)
    for index in range(frames):
        collector.add(index, index / 25, 0.9 if index == 777 else 0.1)
    track = collector.track()
    assert len(track.times) == MOST_ENTRIES
    assert track.frames_per_entry == 5
    assert max(share for share in track.shares if share is not None) == 0.9
    assert track.times[777 // 5] == pytest.approx(777 / 25)


def test_from_peak_to_peak() -> None:
    regions = (region(1, 1.0), region(2, 4.0), region(3, 2.0), region(4, 2.0))
    found = a_survey(regions=regions)

    def step(by, moment, chosen=None):
        return getattr(found.next_region(by, moment, moment + 0.04, chosen), "number", None)

    assert [step(1, t) for t in (0.0, 1.0, 2.5, 4.0)] == [1, 3, 2, None]
    assert [step(-1, t) for t in (1.0, 1.5, 9.0)] == [None, 1, 2]
    # Two have their peaks in one frame: each is gone to.
    assert step(1, 2.0, regions[2]) == 4
    assert step(1, 2.0, regions[3]) == 2
    assert step(-1, 2.0, regions[3]) == 3
    assert step(1, 0.0, regions[3]) == 1, "the analyst went elsewhere since"


def test_a_survey_goes_through_json() -> None:
    found = a_survey(regions=(region(1, 1.0),))
    assert from_json(Survey, to_json(found)) == found
