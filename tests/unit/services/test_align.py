"""Alignment from what the database keeps: motion signatures say when where the picture's signals say nothing."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tests.helpers.moving_figures import filmed
from vtl_desktop.core.motion import MotionTrack
from vtl_desktop.services.align import align

BITS, RATE = 512, 25
START = 2.12


def aligned(**signatures):
    suspect_times, source_times = (np.arange(0.125, end, 0.25) for end in (3.0, 8.0))
    # The nearest clips lie on a quarter-second grid, so codes say when only roughly.
    away = np.abs(source_times[None] - (START + 0.2) - suspect_times[:, None])
    distance = np.minimum(away * 200, 200).astype(np.uint16)
    still = MotionTrack(np.arange(75) / RATE, np.full((75, 3), 50, np.float32))
    suspect = SimpleNamespace(times=suspect_times, facts=SimpleNamespace(duration=3.0), motion=still)
    other = MotionTrack(np.arange(200) / RATE, np.full((200, 3), 50, np.float32))
    return align(distance, suspect, source_times, other, 8.0, bits=BITS, **signatures)[0]


def test_signatures_say_when() -> None:
    times = np.arange(75) / RATE
    source = filmed(np.arange(200) / RATE, np.arange(200) / RATE)
    signatures = {"suspect_signature": filmed(START + times, times), "source_signature": source}
    rough, fine = aligned(), aligned(**signatures)
    assert abs(rough.segments[0].source_start - START) > 0.05
    assert fine.segments[0].source_start == pytest.approx(START, abs=0.02)
    assert fine.segments[0].rate == 1


def test_signatures_that_do_not_agree_change_nothing() -> None:
    times = np.arange(75) / RATE
    source = filmed(np.arange(200) / RATE, np.arange(200) / RATE, seed=55)
    still = filmed(np.zeros(75), times)
    assert aligned(suspect_signature=still, source_signature=source) == aligned()
