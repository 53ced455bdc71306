from __future__ import annotations

import pytest

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.tracing import ClipDistance
from vtl_desktop.report.pdf_plot import strips, thinned, ticks


def test_one_segment_fills_the_axis():
    (strip,) = strips((Segment(0.0, 10.0, 100.0),), gap=0.1)
    assert (strip.low, strip.high) == (0.0, 1.0)
    assert strip.place(105.0) == pytest.approx(0.5)


def test_far_stretches_get_strips_of_their_own_and_near_ones_share():
    segments = (Segment(0, 6, 41), Segment(6, 9, 1205, 1.25), Segment(9, 12, 48))
    shown = strips(segments, gap=0.1)
    assert len(shown) == 2
    assert shown[0].start < 41 < 51 < shown[0].end
    assert shown[1].low - shown[0].high == pytest.approx(0.1)
    assert shown[-1].high == pytest.approx(1.0)
    for segment in segments:
        assert any(s.start <= segment.source_start and segment.source_end <= s.end for s in shown)


def test_many_far_stretches_are_joined():
    shown = strips(tuple(Segment(i, i + 1, 1000.0 * i) for i in range(40)), gap=0.08)
    assert 1 <= len(shown) <= 6
    assert shown[-1].high == pytest.approx(1.0)


def test_a_picture_has_a_strip_too():
    (strip,) = strips((Segment(0.0, 0.0, 45.2),), gap=0.1)
    assert 0.0 < strip.place(45.2) < 1.0


@pytest.mark.parametrize(("span", "last"), [(9.6, 8.0), (0.0, 0.0), (60.0, 60.0), (3725.0, 3600.0), (0.35, 0.3)])
def test_ticks_are_round_and_few(span, last):
    found = ticks(span)
    assert found[-1] == pytest.approx(last)
    assert len(found) <= 8


def test_thinning_keeps_the_outline():
    clips = tuple(ClipDistance(i * 0.25, 40 + (i * 37) % 91, 0.0) for i in range(14_000))
    kept = thinned(clips)
    assert len(kept) <= 1500
    assert [c.time for c in kept] == sorted(c.time for c in kept)
    assert {min(c.distance for c in kept), max(c.distance for c in kept)} == {40, 130}
    assert thinned(clips[:100]) == list(clips[:100])
