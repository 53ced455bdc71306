"""From a source that was found to a candidate: its clips, its alignment, its best pair of moments."""

from __future__ import annotations

from dataclasses import replace

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.motion import MotionTrack
from vtl_desktop.core.motion_signature import MotionSignature
from vtl_desktop.core.tracing import Candidate, ClipDistance, Source
from vtl_desktop.media.sampling import WHOLE, ClipSamples
from vtl_desktop.services.align import align
from vtl_desktop.services.search import Ranked


def candidate_of(source: Source, ranked: Ranked, samples: ClipSamples, *, mirrored: bool) -> Candidate:
    """A candidate without rank, margin, alignment and registration.

    Args:
        source: which.
        ranked: how near it is, clip by clip.
        samples: of the suspect, or the part of it that was compared.
        mirrored: the suspect was taken left-right reversed.
    """
    nearest = ranked.matrix.argmin(axis=1)
    clips = tuple(
        ClipDistance(float(time), int(ranked.matrix[row, column]), float(ranked.times[column]))
        for row, (time, column) in enumerate(zip(samples.times, nearest, strict=True))
    )
    suspect_time, source_time = _best_pair(Alignment(), clips)
    return Candidate(
        rank=0,
        source=source,
        distance=ranked.distance,
        margin=0.0,
        mirrored=mirrored,
        alignment=Alignment(),
        clips=clips,
        best_suspect_time=suspect_time,
        best_source_time=source_time,
        part=None if samples.part == WHOLE else samples.part,
    )


def aligned(
    candidate: Candidate,
    ranked: Ranked,
    samples: ClipSamples,
    motion: MotionTrack,
    *,
    bits: int,
    signature: MotionSignature | None = None,
) -> Candidate:
    """A candidate with the alignment that codes and motion give, and its best pair of moments.

    Args:
        candidate: made of the same `ranked` and `samples`.
        motion: of the source, or the part of it that was compared.
        bits: code length.
        signature: of the source, where all of it was compared.
    """
    own = samples.signature.mirrored() if candidate.mirrored else samples.signature
    alignment, agreement = align(
        ranked.matrix, samples, ranked.times, motion, candidate.source.duration, bits=bits,
        suspect_signature=own, source_signature=signature,
    )  # fmt: skip
    suspect_time, source_time = _best_pair(alignment, candidate.clips)
    duration = samples.facts.duration
    return replace(
        candidate,
        alignment=alignment,
        best_suspect_time=suspect_time,
        best_source_time=source_time,
        matched_share=min(alignment.covered / duration, 1.0) if duration > 0 else float(bool(alignment.segments)),
        agreement=agreement,
    )


def _best_pair(alignment: Alignment, clips: tuple[ClipDistance, ...]) -> tuple[float, float]:
    """The nearest clip that the alignment covers; where it covers none, the nearest clip and its neighbour."""
    covered = [clip for clip in clips if alignment.segment_at(clip.time) is not None]
    best = min(covered or clips, key=lambda clip: clip.distance)
    aligned = alignment.source_time(best.time)
    return best.time, best.source_time if aligned is None else aligned
