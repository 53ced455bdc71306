from __future__ import annotations

import pytest

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.tracing import Candidate, Source


def test_source_time_is_piecewise_linear_and_none_between() -> None:
    alignment = Alignment((Segment(0, 2, 10, 1.0), Segment(3, 5, 20, 1.25)))
    assert alignment.source_time(1) == 11
    assert alignment.source_time(2.5) is None
    assert alignment.source_time(5) == pytest.approx(22.5)
    assert alignment.covered == 4


def test_segment_goes_there_and_back() -> None:
    segment = Segment(1, 4, 7, 0.8)
    assert segment.suspect_time(segment.source_time(2.3)) == pytest.approx(2.3)
    assert segment.source_end == pytest.approx(9.4)


def test_a_border_belongs_to_the_later_segment() -> None:
    assert Alignment((Segment(0, 2, 10), Segment(2, 4, 30))).source_time(2) == 30


def test_a_moment_is_confirmed_only_by_motion_along_an_alignment() -> None:
    source = Source(1, "/a.mp4", "0" * 64, 1, 10.0, 25.0, 640, 360, "h264", "")
    aligned = Alignment((Segment(0, 2, 10),))

    def confirmed(alignment: Alignment, agreement: float) -> bool:
        return Candidate(
            1, source, 9, 0, False, alignment, (), 0, 0, agreement=agreement, matched_share=1.0
        ).moment_confirmed

    assert confirmed(aligned, 0.9)
    assert not confirmed(aligned, 0.4)
    assert not confirmed(Alignment(), 0.9)
