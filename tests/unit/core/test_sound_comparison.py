from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.sounding_video import speech
from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.sound import AGREES, DIFFERS, ELSEWHERE, PARTLY, SILENT, UNCLEAR, SoundWitness
from vtl_desktop.core.sound_bands import SAMPLE_RATE, BandEnergies, BandMeter
from vtl_desktop.core.sound_comparison import compare_sound, tunings_for

SOURCE = speech(24.0, 1, rate=SAMPLE_RATE)
OTHER = speech(24.0, 2, rate=SAMPLE_RATE)


def measured(samples: np.ndarray, tunings: tuple[float, ...] = (1.0,)) -> BandEnergies:
    meter = BandMeter(tunings)
    meter.add(0.0, np.asarray(samples, np.float32))
    return meter.energies()


def part(samples: np.ndarray, start: float, end: float) -> np.ndarray:
    return samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]


def compared(suspect: np.ndarray, *segments: Segment, source: np.ndarray = SOURCE) -> SoundWitness:
    alignment = Alignment(segments)
    tunings = tunings_for(alignment)
    return compare_sound(measured(suspect), measured(source, tunings), alignment, tunings)


def played_at(samples: np.ndarray, rate: float) -> np.ndarray:
    places = np.arange(0, len(samples) - 1, rate)
    return np.interp(places, np.arange(len(samples)), samples)


def test_a_cut_agrees_to_the_millisecond() -> None:
    told = compared(part(SOURCE, 5.0, 13.0), Segment(0.0, 8.0, 5.004))
    assert told.outcome == AGREES
    assert told.offset == pytest.approx(-0.004, abs=0.0015)
    assert told.confidence > 0.5
    assert [(s.state, s.start, s.end) for s in told.stretches] == [(AGREES, 0.0, 8.0)]
    assert not told.pitch_changed


def test_noise_and_gain_do_not_matter() -> None:
    cut = 0.1 * part(SOURCE, 5.0, 13.0)
    noise = np.random.default_rng(0).normal(0, cut.std() / 3, len(cut))
    assert compared(cut + noise, Segment(0.0, 8.0, 5.0)).outcome == AGREES


@pytest.mark.parametrize("shift", [0.5, -0.3, 9.0])
def test_sound_from_another_place_is_found_there(shift: float) -> None:
    told = compared(part(SOURCE, 5.0, 13.0), Segment(0.0, 8.0, 5.0 - shift))
    assert told.outcome == ELSEWHERE
    assert told.offset == pytest.approx(shift, abs=0.003)


def test_another_sound_is_not_the_sources() -> None:
    told = compared(part(OTHER, 0.0, 8.0), Segment(0.0, 8.0, 5.0))
    assert (told.outcome, told.offset, told.confidence) == (DIFFERS, None, 0.0)


def test_a_redubbed_part_and_a_muted_part_are_named_to_half_a_second() -> None:
    cut = part(SOURCE, 5.0, 15.0).copy()
    cut[round(4 * SAMPLE_RATE) : round(7 * SAMPLE_RATE)] = part(OTHER, 0.0, 3.0)
    told = compared(cut, Segment(0.0, 10.0, 5.0))
    assert told.outcome == PARTLY
    assert [s.state for s in told.stretches] == [AGREES, DIFFERS, AGREES]
    assert told.stretches[1].start == pytest.approx(4.0, abs=0.6)
    assert told.stretches[1].end == pytest.approx(7.0, abs=0.6)
    cut[round(4 * SAMPLE_RATE) : round(7 * SAMPLE_RATE)] = 0
    muted = compared(cut, Segment(0.0, 10.0, 5.0))
    assert muted.outcome == PARTLY
    assert muted.seconds(DIFFERS) == pytest.approx(3.0, abs=1.0)


def test_sound_that_was_not_cut_with_the_picture() -> None:
    """The picture jumps at 4 s; the sound goes on for 2 s: both places are found."""
    cut = np.concatenate([part(SOURCE, 2.0, 8.0), part(SOURCE, 14.0, 18.0)])
    told = compared(cut, Segment(0.0, 4.0, 2.0), Segment(4.0, 10.0, 12.0))
    assert told.outcome == PARTLY
    elsewhere = [s for s in told.stretches if s.state == ELSEWHERE]
    assert len(elsewhere) == 1
    assert elsewhere[0].offset == pytest.approx(-6.0, abs=0.01)
    assert (elsewhere[0].start, elsewhere[0].end) == (pytest.approx(4.0, abs=0.6), pytest.approx(6.0, abs=0.6))


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_another_speed_with_its_pitch_is_followed(rate: float) -> None:
    cut = played_at(SOURCE, rate)
    told = compared(cut, Segment(0.0, len(cut) / SAMPLE_RATE, 0.0, rate))
    assert told.outcome == AGREES
    assert told.offset == pytest.approx(0.0, abs=0.01)
    assert told.pitch_changed


def test_the_sources_own_speed_under_faster_pictures() -> None:
    told = compared(part(SOURCE, 0.0, 12.0), Segment(0.0, 12.0, 0.0, 1.25))
    assert told.outcome in (ELSEWHERE, PARTLY)
    assert told.seconds(ELSEWHERE) > 8
    assert not told.pitch_changed


def test_at_another_speed_what_is_not_found_is_not_called_another_sound() -> None:
    told = compared(part(OTHER, 0.0, 12.0), Segment(0.0, 12.0, 0.0, 1.25))
    assert told.outcome == UNCLEAR
    assert "another speed" in told.in_words


def test_silence_on_both_sides_or_one() -> None:
    silence = np.zeros(8 * SAMPLE_RATE)
    whole = Segment(0.0, 8.0, 0.0)
    assert compared(silence, whole, source=silence).outcome == SILENT
    assert compared(silence, whole).outcome == DIFFERS
    told = compared(part(SOURCE, 0.0, 8.0), whole, source=silence)
    assert told.outcome == UNCLEAR
    assert "the source is silent there" in told.in_words


def test_even_noise_hides_and_says_nothing() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 8 * SAMPLE_RATE)
    told = compared(noise, Segment(0.0, 8.0, 0.0))
    assert told.outcome == UNCLEAR
    assert "even noise" in told.in_words


def test_a_tune_that_repeats_has_no_place_of_its_own() -> None:
    tune = np.concatenate([part(SOURCE, 0.0, 3.0)] * 5)
    told = compared(part(tune, 1.5, 7.5), Segment(0.0, 6.0, 0.0), source=tune)
    assert told.outcome == UNCLEAR
    assert "it repeats in the source" in told.in_words
    here = compared(part(tune, 3.0, 9.0), Segment(0.0, 6.0, 3.0), source=tune)
    assert here.outcome == AGREES
    assert here.confidence < 0.12


def test_nothing_aligned_and_very_short_stretches() -> None:
    assert compared(part(SOURCE, 0.0, 8.0)).outcome == UNCLEAR
    assert compared(part(SOURCE, 0.0, 0.3), Segment(0.0, 0.3, 0.0)).outcome in (SILENT, AGREES, UNCLEAR)
    assert compared(part(SOURCE, 0.0, 8.0), Segment(0.0, 0.0, 0.0)).outcome == UNCLEAR


def test_tunings_follow_the_alignments_speeds() -> None:
    alignment = Alignment((Segment(0, 1, 0), Segment(1, 2, 5, 1.25), Segment(2, 3, 9, 1.2501), Segment(3, 4, 9, 0.5)))
    assert tunings_for(alignment) == (1.0, pytest.approx(2.0), pytest.approx(0.8))
