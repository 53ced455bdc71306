"""Aligning a suspect with one source: which moments of it show which moments of the source, to the frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.motion import MotionTrack, move_border, refine
from vtl_desktop.core.motion_matching import match_motion
from vtl_desktop.core.motion_signature import MotionSignature
from vtl_desktop.core.voting import clip_to_source, find_segments
from vtl_desktop.media.sampling import ClipSamples

_NEIGHBOURS = 0.3
"""Seconds between two segments up to which the border between them is looked for."""

_REACH = 0.45
"""Seconds about the start that codes gave, within which signatures are compared: as far as motion tracks look."""

_HOLDS = 0.4
"""Agreement of signatures from which they say when, whatever tracks said: from .3 to .5 it mattered little."""


def align(
    distance: NDArray[np.uint16],
    suspect: ClipSamples,
    source_times: NDArray[np.float64],
    source_motion: MotionTrack,
    source_duration: float,
    *,
    bits: int,
    suspect_signature: MotionSignature | None = None,
    source_signature: MotionSignature | None = None,
) -> tuple[Alignment, float]:
    """Segments from the distances of clips, refined by motion at native frame rate.

    Needs only what the database keeps of the source: its file may be away.

    Args:
        distance: bits, uint16 [n, m], the suspect's clips by the source's clips.
        suspect: the suspect's samples.
        source_times: of the source's clips, seconds, [m].
        source_motion: the source's motion track.
        source_duration: seconds.
        bits: code length.
        suspect_signature, source_signature: what moves where, of the same pictures, the suspect's mirrored where it is;
            where given, they say when more exactly than the tracks: of moments of 91 suspects 85 % were within 40 ms
            of the truth instead of 78 % (docs/levels.md).

    Returns:
        The alignment, empty where no line holds, and the agreement of motion along it, -1 to 1 (0 where nothing moves).
    """
    segments = find_segments(
        distance,
        suspect.times,
        source_times,
        suspect_duration=suspect.facts.duration,
        source_duration=source_duration,
        bits=bits,
    )
    refined, agreements, weights = [], [], []
    for segment in segments:
        better, agreement = refine(segment, suspect.motion, source_motion)
        if suspect_signature is not None and source_signature is not None:
            better = _by_signature(segment, better, suspect_signature, source_signature)
        refined.append(better)
        agreements.append(agreement)
        weights.append(max(segment.duration, 1e-3))
    for at in range(len(refined) - 1):
        if abs(refined[at].suspect_end - refined[at + 1].suspect_start) < _NEIGHBOURS:
            refined[at], refined[at + 1] = move_border(refined[at], refined[at + 1], suspect.motion, source_motion)
    inside: list[Segment | None] = [clip_to_source(segment, source_duration) for segment in refined]
    agreement = float(np.average(agreements, weights=weights)) if refined else 0.0
    return Alignment(tuple(segment for segment in inside if segment is not None)), agreement


def _by_signature(segment: Segment, refined: Segment, suspect: MotionSignature, source: MotionSignature) -> Segment:
    """The segment where signatures agree, or as it was refined where they do not."""
    shown = suspect.between(segment.suspect_start, segment.suspect_end)
    # What is played backwards moves the other way: signatures are compared forwards only.
    if not len(shown) or min(segment.rate, refined.rate) < 0:
        return refined
    first = float(shown.times[0])
    near = segment.source_time(first)
    rates = tuple(sorted({1.0, segment.rate, refined.rate}))
    found = match_motion(shown, source, rates=rates, bands=[(near - _REACH, near + _REACH)])
    if found is None or found.peak < _HOLDS:
        return refined
    start = found.start - (first - segment.suspect_start) * found.rate
    return replace(segment, source_start=start, rate=found.rate)
