from __future__ import annotations

import pytest

from vtl_desktop.core.alignment import Alignment, Segment


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
