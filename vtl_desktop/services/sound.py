"""Sound as a second witness: does the suspect's sound come from where its pictures do? It decides nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.errors import MediaError, MissingMedia
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.sound import NO_SOURCE_SOUND, NO_SUSPECT_SOUND, UNCLEAR, UNREADABLE, SoundWitness
from vtl_desktop.core.sound_bands import SAMPLE_RATE, BandEnergies, BandMeter
from vtl_desktop.core.sound_comparison import compare_sound, tunings_for
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.media.sound import NoSound, SoundReader

_WHOLE = 600.0
"""Seconds of a source that are heard in all; of a longer one, only what lies around the aligned stretches ..."""
_AROUND = 300.0
"""... by so much before and after."""
_LONGEST = 4 * 3600.0
"""Seconds: sound takes about 200 MB an hour while it is compared; what is longer is not."""


def hear(exhibit: Exhibit, candidate: Candidate, *, cancel: CancelToken | None = None) -> SoundWitness | None:
    """Compares the suspect's sound with that of a candidate's source, along their alignment.

    Args:
        exhibit: the suspect.
        candidate: with its alignment from pictures.
        cancel: may end it.

    Returns:
        None where there is nothing to ask: the suspect is a picture, or the source's file is not at hand. A sound track
        that cannot be read is told in the witness and is no error.

    Raises:
        Cancelled: when told to stop.
    """
    cancel = cancel or CancelToken()
    forwards = tuple(segment for segment in candidate.alignment.segments if segment.rate > 0)
    if len(forwards) < len(candidate.alignment.segments) and not forwards:
        return SoundWitness(UNCLEAR, reason="the pictures are played backwards")
    candidate = replace(candidate, alignment=Alignment(forwards))
    source = Path(candidate.source.path)
    if exhibit.facts.is_image or not source.is_file():
        return None
    part = _stretch(candidate)
    asked = part["end"] - part["start"] if part else candidate.source.duration
    if max(exhibit.facts.duration, asked) > _LONGEST:
        return SoundWitness(UNCLEAR, reason="it is too long to be compared")
    tunings = tunings_for(candidate.alignment)
    try:
        own = _measured(SoundReader(Path(exhibit.path), SAMPLE_RATE), (1.0,), cancel)
    except NoSound:
        return SoundWitness(NO_SUSPECT_SOUND)
    except MediaError as error:
        return SoundWitness(UNREADABLE, reason=str(error))
    try:
        other = _measured(SoundReader(source, SAMPLE_RATE, **part), tunings, cancel)
    except NoSound:
        return SoundWitness(NO_SOURCE_SOUND)
    except MissingMedia:
        return None
    except MediaError as error:
        return SoundWitness(UNREADABLE, reason=str(error))
    return compare_sound(own, other, candidate.alignment, tunings)


def _measured(reader: SoundReader, tunings: tuple[float, ...], cancel: CancelToken) -> BandEnergies:
    meter = BandMeter(tunings)
    for start, samples in reader.blocks(cancel):
        meter.add(start, samples)
    return meter.energies()


def _stretch(candidate: Candidate) -> dict[str, float]:
    """Which part of the source is heard: all of it, but for very long ones."""
    segments = candidate.alignment.segments
    if candidate.source.duration <= _WHOLE or not segments:
        return {}
    return {
        "start": min(segment.source_start for segment in segments) - _AROUND,
        "end": max(segment.source_end for segment in segments) + _AROUND,
    }
