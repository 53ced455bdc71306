"""Matching of motion signatures: the right start and speed, whatever happened to the frames."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.moving_figures import filmed, room, signature
from vtl_desktop.core.motion_matching import agreement_by_start, match_motion
from vtl_desktop.core.motion_signature import MotionSignature

RATE = 25


@pytest.fixture(scope="module")
def source() -> MotionSignature:
    times = np.arange(200) / RATE
    return filmed(times, times)


def nearest(source: MotionSignature, moment: float) -> int:
    return int(np.abs(source.times - moment).argmin())


@pytest.mark.parametrize("start", [0, 31, 100, 160])
def test_exact_start(source: MotionSignature, start: int) -> None:
    times = np.arange(40) / RATE
    found = match_motion(filmed(start / RATE + times, times, scene=5, tint=(120, 90, 70)), source)
    assert found is not None
    assert nearest(source, found.start) == start
    assert found.rate == 1
    assert found.end == pytest.approx((start + 40) / RATE, abs=0.03)
    assert found.peak > 0.7
    assert found.confidence > 0.13


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 1.5, 2.0])
def test_other_speeds(source: MotionSignature, rate: float) -> None:
    times = np.arange(50) / RATE
    found = match_motion(filmed(1.6 + rate * times, times), source)
    assert found is not None
    assert found.rate == pytest.approx(rate, rel=0.02)
    assert found.start == pytest.approx(1.6, abs=0.06)


@pytest.mark.parametrize("frame_rate", [12, 15, 29.97, 60])
def test_other_frame_rates(source: MotionSignature, frame_rate: float) -> None:
    times = np.arange(int(2 * frame_rate)) / frame_rate
    found = match_motion(filmed(2.4 + times, times), source)
    assert found is not None
    assert found.rate == pytest.approx(1, abs=0.02)
    assert found.start == pytest.approx(2.4, abs=0.04)


def test_varying_frame_rate(source: MotionSignature) -> None:
    steps = np.random.default_rng(2).uniform(0.5, 1.6, 45) / RATE
    times = np.cumsum(steps) - steps[0]
    found = match_motion(filmed(3.0 + times, times), source)
    assert found is not None
    assert found.start == pytest.approx(3.0, abs=0.04)


def test_lost_and_doubled_frames(source: MotionSignature) -> None:
    times = np.arange(45) / RATE
    shown = np.arange(45)
    for at in (5, 6, 14, 23, 31, 40):
        shown[at] = shown[at - 1]
    kept = np.delete(np.arange(45), [9, 18, 19, 33])
    found = match_motion(filmed(2.0 + shown / RATE, times), source)
    assert found is not None
    assert nearest(source, found.start) == 50
    found = match_motion(filmed(2.0 + kept / RATE, kept / RATE), source)
    assert found is not None
    assert nearest(source, found.start) == 50


def test_mirrored(source: MotionSignature) -> None:
    times = np.arange(40) / RATE
    turned = filmed(2.0 + times, times).mirrored()
    plain, back = match_motion(turned, source), match_motion(turned.mirrored(), source)
    assert plain is not None
    assert back is not None
    assert nearest(source, back.start) == 50
    assert back.peak > plain.peak + 0.2


def test_somebody_else_does_not_agree(source: MotionSignature) -> None:
    times = np.arange(50) / RATE
    found = match_motion(filmed(times, times, seed=99), source, rates=(1.0,))
    assert found is None or found.peak < 0.7


def test_where_nothing_moves_nothing_is_said(source: MotionSignature) -> None:
    still = signature([room(3)] * 40, np.arange(40) / RATE)
    assert match_motion(still, source) is None
    assert len(agreement_by_start(still, source)[0]) == 0
    moving = source.between(1, 3)
    found = match_motion(moving, still)
    assert found is None or found.peak < 0.1


def test_too_short_and_empty(source: MotionSignature) -> None:
    times = np.arange(4) / RATE
    assert match_motion(filmed(times, times), source) is None
    assert match_motion(filmed(times[:1], times[:1]), source) is None
    assert match_motion(MotionSignature.empty(), source) is None
    assert match_motion(source, MotionSignature.empty()) is None
    assert match_motion(source, source.between(0, 1)) is None


def test_bands_restrict_the_starts(source: MotionSignature) -> None:
    suspect = source.between(2.0, 4.0)
    inside = match_motion(suspect, source, bands=[(1.5, 2.5)])
    outside = match_motion(suspect, source, rates=(1.0,), bands=[(4.0, 5.0)])
    assert inside is not None
    assert outside is not None
    assert inside.start == pytest.approx(2.0, abs=0.02)
    assert 3.9 <= outside.start <= 5.1
    assert outside.peak < inside.peak


def test_a_whole_copy_starts_at_zero(source: MotionSignature) -> None:
    found = match_motion(source, source)
    assert found is not None
    assert found.start == pytest.approx(0, abs=0.01)
    assert found.peak == pytest.approx(1, abs=0.01)


def test_cells_may_be_weighted(source: MotionSignature) -> None:
    suspect = source.between(2.0, 4.0)
    cells = suspect.cells.copy()
    # The left half shows what moves elsewhere.
    cells[:, :, :5] = source.between(5.0, 7.0).cells[: len(cells), :, :5]
    forged = MotionSignature(suspect.times, cells, suspect.camera, suspect.cuts)
    weights = np.ones((6, 8))
    weights[:, :5] = 0
    found = match_motion(forged, source, weights=weights, rates=(1.0,))
    assert found is not None
    assert found.start == pytest.approx(2.0, abs=0.02)
    assert found.peak > 0.95


def test_agreement_by_start_peaks_at_the_start(source: MotionSignature) -> None:
    starts, scores = agreement_by_start(source.between(2.0, 4.0), source)
    assert starts[scores.argmax()] == pytest.approx(2.0, abs=1e-6)
    assert (np.diff(starts) > 0).all()


def test_a_long_suspect_is_compared_by_its_liveliest_stretch(source: MotionSignature) -> None:
    # Half a minute of nothing, then what the source shows.
    still = 750
    rows = np.concatenate([np.zeros((still, source.rows().shape[1]), np.int8), source.rows()[10:]])
    times = np.arange(len(rows)) / RATE
    long_one = MotionSignature.from_rows(times, rows)
    found = match_motion(long_one.between(20, 100), long_one)
    assert found is not None
    assert found.start == pytest.approx(20.0, abs=0.02)
