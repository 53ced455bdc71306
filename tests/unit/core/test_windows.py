from __future__ import annotations

import pytest

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.windows import PIECES, pieces, rejoined


@pytest.mark.parametrize("length", [3.0, 60.0, 7200.0])
def test_windows_of_a_segment_are_few_and_one_is_in_the_middle(length: float) -> None:
    segment = Segment(10.0, 10.0 + length, 100.0, 0.5)
    found = pieces([segment])
    assert len(found) <= PIECES
    assert any(abs((piece.suspect_start + piece.suspect_end) / 2 - (10 + length / 2)) < 1e-6 for piece in found)
    for piece in found:
        assert segment.suspect_start <= piece.suspect_start < piece.suspect_end <= segment.suspect_end + 1e-9
        assert piece.source_start == pytest.approx(segment.source_time(piece.suspect_start))
        assert piece.rate == 0.5


def moved(segment: Segment, by: float) -> Segment:
    return Segment(segment.suspect_start, segment.suspect_end, segment.source_start + by, segment.rate)


def test_windows_on_one_line_are_one_segment_again() -> None:
    segment = Segment(0.0, 600.0, 30.0)
    (found,) = rejoined([segment], [moved(piece, 0.3) for piece in pieces([segment])])
    assert (found.suspect_start, found.suspect_end, found.rate) == (0.0, 600.0, 1.0)
    assert found.source_start == pytest.approx(30.3)


def test_a_speed_that_is_a_little_off_is_mended_by_the_windows() -> None:
    segment = Segment(0.0, 600.0, 30.0)
    drifting = [moved(piece, 0.001 * (piece.suspect_start + piece.suspect_end) / 2) for piece in pieces([segment])]
    (found,) = rejoined([segment], drifting)
    assert found.rate == pytest.approx(1.001, abs=1e-5)
    assert found.source_time(300.0) == pytest.approx(330.3, abs=1e-3)


def test_where_windows_jump_a_segment_is_cut() -> None:
    segment = Segment(0.0, 600.0, 30.0)
    jumping = [moved(piece, 0.0 if piece.suspect_end < 300 else 0.5) for piece in pieces([segment])]
    first, second = rejoined([segment], jumping)
    assert first.source_time(100.0) == pytest.approx(130.0)
    assert second.source_time(500.0) == pytest.approx(530.5)
    assert first.suspect_end == second.suspect_start
    assert 200 < first.suspect_end < 300
