"""Tracing a suspect: its clips, their codes, the nearest hash centers, ten candidates with their alignment."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress, part_of
from vtl_desktop.core.motion import MotionTrack
from vtl_desktop.core.tracing import Candidate, ClipDistance, TraceParameters, TraceResult
from vtl_desktop.media.sampling import ClipSamples, sample_clips
from vtl_desktop.services.align import align
from vtl_desktop.services.decide import ENOUGH_INLIERS, decide
from vtl_desktop.services.engine import encoder_for
from vtl_desktop.services.search import ClipSearch, Ranked
from vtl_desktop.services.verify import verify
from vtl_desktop.storage.hash_center_database import HashCenterDatabase

_BEYOND_TOP = 2
"""Candidates examined for each one that is shown: verification may lift one from below."""

_SURELY_UPRIGHT = 0.06
"""At or below this share of the bits the mirrored pass is left out: of 20 mirrored suspects none came nearer than 0.085
to its source unmirrored, and more than half of the others are as near as this."""

_FAR = 0.25
_AGREES = 0.5

_searches: dict[tuple[str, str], ClipSearch] = {}


def trace(
    exhibit: Exhibit,
    database: Path,
    *,
    parameters: TraceParameters | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> TraceResult:
    """Finds the sources a suspect may have been made from.

    Args:
        exhibit: the suspect, taken in by `take_in`.
        database: the hash-center database.
        parameters: what to do and on which device.

    Raises:
        MediaError: the suspect cannot be read.
        DatabaseError: the database cannot be used, or was made with other weights.
        WeightsError: the weights cannot be used.
        Cancelled: the user cancelled.
    """
    started = time.monotonic()
    parameters = parameters or TraceParameters()
    cancel = cancel or CancelToken()
    database = Path(database)
    progress(0.0, "Opening the database")
    with HashCenterDatabase.open(database) as opened:
        bits, weights, count = opened.bits, opened.weights_sha256, len(opened)
        encoder = encoder_for(bits, parameters.device)
        if encoder.weights_digest != weights:
            HashCenterDatabase.open(database, weights_sha256=encoder.weights_digest, bits=bits).close()
        samples = sample_clips(
            Path(exhibit.path), size=encoder.input_size, progress=part_of(progress, 0.02, 0.4), cancel=cancel
        )
        progress(0.4, "Computing codes")
        codes = encoder.encode(samples.pictures, cancel=cancel)
        progress(0.6, f"Searching {count} sources")
        search = _search_for(database, opened)
        found = {False: search.rank(codes, informative=samples.informative)}
        if parameters.mirror and not _upright(found[False], bits):
            progress(0.65, "Searching mirrored")
            flipped = np.ascontiguousarray(samples.pictures[:, :, ::-1])
            codes = encoder.encode(flipped, cancel=cancel)
            found[True] = search.rank(codes, informative=samples.informative)
        ranked = _merged(found)[: max(parameters.top * _BEYOND_TOP, 1)]
        candidates = []
        for number, (mirrored, found) in enumerate(ranked):
            cancel.check()
            progress(0.72 + 0.13 * number / len(ranked), "Aligning candidates")
            candidates.append(_candidate(found, mirrored, samples, opened, bits))
    if parameters.verify:
        candidates = verify(exhibit, candidates, bits=bits, progress=part_of(progress, 0.85, 1.0), cancel=cancel)
    candidates = _numbered([_believed(candidate, bits) for candidate in candidates[: parameters.top]])
    decision, reason = decide(candidates, bits=bits, sources=count)
    notes = list(dict.fromkeys([*exhibit.facts.notes, *samples.notes, *encoder.notes]))
    if not samples.informative.any():
        notes.append("All frames are black or flat: the order of candidates means nothing.")
    progress(1.0, reason)
    return TraceResult(
        suspect_path=exhibit.path,
        suspect_sha256=exhibit.sha256,
        decision=decision,
        reason=reason,
        candidates=tuple(candidates),
        bits=bits,
        weights_sha256=weights,
        database_path=str(database.absolute()),
        database_sources=count,
        device=encoder.device_name,
        seconds=time.monotonic() - started,
        parameters=parameters,
        notes=tuple(notes),
    )


def _search_for(path: Path, opened: HashCenterDatabase) -> ClipSearch:
    """The database's codes in memory; kept for the next suspect while the file does not change."""
    key = (str(path.absolute()), opened.state)
    if key not in _searches:
        _searches.clear()
        table = opened.clip_table()
        _searches[key] = ClipSearch(table.codes, table.source_ids, table.times)
    return _searches[key]


def _upright(ranked: list[Ranked], bits: int) -> bool:
    """Whether the leader is so near that the suspect cannot be mirrored."""
    return bool(ranked) and ranked[0].distance <= _SURELY_UPRIGHT * bits


def _merged(found: dict[bool, list[Ranked]]) -> list[tuple[bool, Ranked]]:
    """Every source once, mirrored or not as it comes nearer; nearest first."""
    best: dict[int, tuple[bool, Ranked]] = {}
    for mirrored, ranked in found.items():
        for one in ranked:
            known = best.get(one.source_id)
            if known is None or one.distance < known[1].distance:
                best[one.source_id] = (mirrored, one)
    return sorted(best.values(), key=lambda item: (item[1].distance, item[1].source_id))


def _candidate(found: Ranked, mirrored: bool, samples: ClipSamples, opened: HashCenterDatabase, bits: int) -> Candidate:
    source = opened.source(found.source_id)
    nearest = found.matrix.argmin(axis=1)
    clips = tuple(
        ClipDistance(float(time), int(found.matrix[row, column]), float(found.times[column]))
        for row, (time, column) in enumerate(zip(samples.times, nearest, strict=True))
    )
    alignment, agreement = align(
        found.matrix, samples, found.times, MotionTrack(*opened.motion(source.id)), source.duration, bits=bits
    )
    suspect_time, source_time = _best_pair(alignment, clips)
    duration = samples.facts.duration
    return Candidate(
        rank=0,
        source=source,
        distance=found.distance,
        margin=0.0,
        mirrored=mirrored,
        alignment=alignment,
        clips=clips,
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


def _believed(candidate: Candidate, bits: int) -> Candidate:
    """Without its alignment where codes are far, motion disagrees and no keypoints confirm it: it would be a guess."""
    registration = candidate.registration
    confirmed = registration is not None and registration.inliers >= ENOUGH_INLIERS
    if confirmed or candidate.distance <= _FAR * bits or candidate.agreement >= _AGREES:
        return candidate
    return replace(candidate, alignment=Alignment(), matched_share=0.0)


def _numbered(candidates: list[Candidate]) -> list[Candidate]:
    """Ranks from 1, and the margin of each to the next."""
    gaps: NDArray[np.float64] = np.diff(
        [c.distance for c in candidates], append=[candidates[-1].distance] if candidates else []
    )
    return [
        replace(candidate, rank=number + 1, margin=float(gap))
        for number, (candidate, gap) in enumerate(zip(candidates, gaps, strict=True))
    ]
