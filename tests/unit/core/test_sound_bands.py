from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.sounding_video import speech
from vtl_desktop.core.sound_bands import HOP, SAMPLE_RATE, STEP, BandEnergies, BandMeter, features, loudness
from vtl_desktop.core.sound_places import best_place


def measured(samples: np.ndarray, *, start: float = 0.0, block: int = 1024, tunings=(1.0,)) -> BandEnergies:
    meter = BandMeter(tunings)
    for first in range(0, len(samples), block):
        meter.add(start + first / SAMPLE_RATE, samples[first : first + block])
    return meter.energies()


def tone(frequency: float, seconds: float = 1.0, loud: float = 0.5) -> np.ndarray:
    return (loud * np.sin(2 * np.pi * frequency * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE)).astype(
        np.float32
    )


def test_a_row_each_hundredth_of_a_second_whatever_the_blocks() -> None:
    samples = speech(3.0, rate=SAMPLE_RATE)
    one, other = measured(samples, block=17), measured(samples, block=5000)
    assert one.power[0].shape == (one.rows, 24)
    assert one.rows == (len(samples) - 256) // HOP + 1
    np.testing.assert_allclose(one.power[0], other.power[0], rtol=1e-4, atol=1e-9)
    assert one.end == pytest.approx(one.start + STEP * one.rows)


def test_loudness_is_that_of_a_tone_below_full_scale() -> None:
    level = loudness(measured(tone(1000.0)).power[0])
    assert np.median(level) == pytest.approx(10 * np.log10(0.125), abs=3.0)
    assert loudness(measured(np.zeros(8000, np.float32)).power[0]).max() <= -119


def test_a_tuning_finds_the_bands_of_what_was_played_faster() -> None:
    plain = measured(tone(1250.0)).power[0].mean(axis=0)
    tuned = measured(tone(1000.0), tunings=(1.0, 1 / 1.25)).power[1].mean(axis=0)
    assert int(plain.argmax()) == int(tuned.argmax())


def test_bands_that_the_sound_cannot_hold_are_left_out() -> None:
    power = measured(speech(2.0, rate=SAMPLE_RATE), tunings=(1.0, 2.0)).power[1]
    missing = np.isnan(power).all(axis=0)
    assert 0 < missing.sum() < 12
    told = features(power)
    assert np.isfinite(told).all()
    assert not told[:, missing].any()


def test_a_gap_in_time_is_silence_and_jitter_is_not() -> None:
    samples = speech(2.0, rate=SAMPLE_RATE)
    meter = BandMeter()
    meter.add(0.0, samples[:8000])
    meter.add(1.5, samples[8000:])
    gapped = meter.energies()
    assert gapped.rows == pytest.approx(250, abs=4)
    assert loudness(gapped.power[0])[110:140].max() < -100
    meter = BandMeter()
    meter.add(0.0, samples[:8000])
    meter.add(1.02, samples[8000:])
    assert meter.energies().rows == measured(samples).rows


def test_overlap_is_cut_off_and_time_that_begins_anew_goes_on() -> None:
    samples = speech(2.0, rate=SAMPLE_RATE)
    meter = BandMeter()
    meter.add(5.0, samples[:8000])
    meter.add(5.5, samples[4000:])
    assert meter.energies().rows == measured(samples).rows
    meter = BandMeter()
    meter.add(5.0, samples[:8000])
    meter.add(0.0, samples[8000:])
    joined = meter.energies()
    assert (joined.rows, joined.start) == (measured(samples).rows, pytest.approx(5.016))


def test_features_bear_gain_and_tone_and_end_where_nothing_is_heard() -> None:
    samples = speech(4.0, rate=SAMPLE_RATE)
    plain = features(measured(samples).power[0])
    softer = features(measured((np.diff(samples, prepend=0) * 0.1).astype(np.float32)).power[0])
    assert (plain * softer).sum() / np.sqrt((plain**2).sum() * (softer**2).sum()) > 0.85
    assert not features(measured(np.zeros(8000, np.float32)).power[0]).any()
    assert features(np.zeros((0, 24), np.float32)).shape == (0, 24)


def test_features_of_a_long_sound_are_those_of_its_parts() -> None:
    power = np.random.default_rng(0).random((70_000, 24), np.float32) ** 4
    told = features(power)
    assert told.dtype == np.float32
    again = features(power[29_000:31_000])[500:1500]
    assert np.corrcoef(told[29_500:30_500].ravel(), again.ravel())[0, 1] > 0.999


def test_an_hour_is_measured_in_little_memory() -> None:
    import tracemalloc

    block = speech(10.0, rate=SAMPLE_RATE)
    tracemalloc.start()
    meter = BandMeter()
    for number in range(60):  # ten minutes, of which an hour is six
        meter.add(10.0 * number, block)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 30e6


def test_a_piece_is_found_where_it_was_cut_at_its_speed_and_nowhere_else() -> None:
    samples = speech(20.0, rate=SAMPLE_RATE)
    source, stranger = measured(samples), measured(speech(20.0, 9, rate=SAMPLE_RATE))
    piece = features(measured(samples[int(7.123 * SAMPLE_RATE) : int(11 * SAMPLE_RATE)]).power[0])
    found = best_place(piece, features(source.power[0]), 0.0, 1.0)
    assert found is not None
    assert found.source_start == pytest.approx(7.123, abs=0.003)
    assert found.correlation > 0.95
    assert found.confidence > 0.5
    other = best_place(piece, features(stranger.power[0]), 0.0, 1.0)
    assert other is not None
    assert other.correlation < 0.4
    assert best_place(features(source.power[0]), piece, 0.0, 1.0) is None
    faster = best_place(features(source.power[0])[300:1300:2], features(source.power[0]), 0.0, 2.0)
    assert faster is not None
    assert faster.source_start == pytest.approx(3.0, abs=0.02)
