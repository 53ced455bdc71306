"""Tracing a suspect: its clips, their codes, the nearest hash centers, ten candidates with their alignment."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.decision import point_named
from vtl_desktop.core.errors import MediaError
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress, part_of
from vtl_desktop.core.media import Box
from vtl_desktop.core.motion import MotionTrack
from vtl_desktop.core.tracing import NO_SOURCE, Candidate, Source, TraceParameters, TraceResult
from vtl_desktop.media.sampling import WHOLE, ClipSamples, sample_clips
from vtl_desktop.services.candidates import aligned, candidate_of
from vtl_desktop.services.closer import CloserLook
from vtl_desktop.services.decide import ENOUGH_INLIERS, decide
from vtl_desktop.services.engine import encoder_for
from vtl_desktop.services.find import PREVIEWS, Finder, SourceSampler
from vtl_desktop.services.manifest import rates_of
from vtl_desktop.services.search import ClipSearch, CropSearch
from vtl_desktop.services.sharpen import frames_to_keep
from vtl_desktop.services.sound import hear
from vtl_desktop.services.verify import Aligner, verify
from vtl_desktop.storage.hash_center_database import HashCenterDatabase
from vtl_desktop.vision.motion_signature import SignatureMaker

_BEYOND_TOP = 2
"""Candidates examined for each one that is shown: verification may lift one from below."""

_FAR = 0.25
_AGREES = 0.5

MANY_SILENT = 0.25
"""Share of the moments without a vote from which the analyst is told."""

_MOST_PIXELS = 2e9
"""A source with more pixels in all its frames (six minutes of 640 x 360) is not decoded again for a closer look."""


@dataclass(frozen=True, slots=True, eq=False)
class _InMemory:
    """What is kept of a database for the next suspect: its codes, and the sources that were candidates."""

    search: ClipSearch
    crops: CropSearch
    sources: dict[int, Source]


_in_memory: dict[tuple[str, str], _InMemory] = {}


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
        UsageError: there is no such operating point.
        Cancelled: the user cancelled.
    """
    started = time.monotonic()
    parameters = parameters or TraceParameters()
    point = point_named(parameters.point)
    cancel = cancel or CancelToken()
    database = Path(database)
    progress(0.0, "Opening the database")

    def sample_suspect(part: Box) -> ClipSamples:
        if part == WHOLE:
            return samples
        return sample_clips(Path(exhibit.path), size=encoder.input_size, part=part, cancel=cancel)

    with HashCenterDatabase.open(database) as opened:
        bits, weights, count = opened.bits, opened.weights_sha256, len(opened)
        encoder = encoder_for(bits, parameters.device, weights_sha256=weights, beside=database)
        kept = frames_to_keep(exhibit.facts)
        samples = sample_clips(
            Path(exhibit.path),
            size=encoder.input_size,
            previews=PREVIEWS if parameters.parts else 0,
            watch=SignatureMaker,
            keep=kept,
            progress=part_of(progress, 0.02, 0.4),
            cancel=cancel,
        )
        progress(0.4, f"Searching {count} sources")
        memory = _in_memory_of(database, opened)
        sample_source = _source_sampler(opened, encoder.input_size, cancel)
        finder = Finder(
            memory.search,
            memory.crops,
            encoder,
            sample_source,
            mirror=parameters.mirror,
            parts=parameters.parts,
        )
        every = finder.find(samples, sample_suspect, progress=part_of(progress, 0.4, 0.72), cancel=cancel)
        nearest = every[: max(parameters.top * _BEYOND_TOP, 1)]
        by_source = {found.ranked.source_id: found for found in nearest}
        candidates = [
            candidate_of(_source(opened, memory, number), found.ranked, found.samples, mirrored=found.mirrored)
            for number, found in by_source.items()
        ]

        def align(candidate: Candidate) -> Candidate:
            cancel.check()
            found = by_source[candidate.source.id]
            motion = found.motion or MotionTrack(*opened.motion(candidate.source.id))
            signature = None if found.motion else opened.motion_signature(candidate.source.id)
            return aligned(candidate, found.ranked, found.samples, motion, bits=bits, signature=signature)

        if parameters.verify:
            look = CloserLook(exhibit.facts, sample_suspect, sample_source, encoder)
            candidates = verify(
                exhibit,
                candidates,
                look,
                align,
                kept=kept,
                bits=bits,
                progress=part_of(progress, 0.72, 0.98),
                cancel=cancel,
            )
        progress(0.98, "Aligning candidates")
        candidates = [_believed(candidate, align, bits) for candidate in candidates[: parameters.top]]
    candidates = _numbered(candidates)
    decision, reason = decide(candidates, bits=bits, sources=count, point=point)
    if parameters.sound and candidates and decision != NO_SOURCE:
        candidates[0] = replace(candidates[0], sound=hear(exhibit, candidates[0], cancel=cancel))
    notes = list(dict.fromkeys([*exhibit.facts.notes, *samples.notes, *encoder.notes]))
    if not samples.informative.any():
        notes.append("All frames are black or flat: the order of candidates means nothing.")
    elif (silent := 1 - samples.informative.mean()) >= MANY_SILENT:
        notes.append(f"{silent:.0%} of the moments are black, flat or a frozen picture; they were not counted.")
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
        rates=rates_of(weights, point.name),
    )


def _in_memory_of(path: Path, opened: HashCenterDatabase) -> _InMemory:
    """The database's codes in memory; kept for the next suspect while the file does not change."""
    key = (str(path.absolute()), opened.state)
    if key not in _in_memory:
        _in_memory.clear()
        clips, crops = opened.clip_table(), opened.crop_table()
        _in_memory[key] = _InMemory(
            ClipSearch(clips.codes, clips.source_ids, clips.times),
            CropSearch(crops.codes, crops.source_ids, crops.boxes),
            {},
        )
    return _in_memory[key]


def _source(opened: HashCenterDatabase, memory: _InMemory, number: int) -> Source:
    if number not in memory.sources:
        memory.sources[number] = opened.source(number)
    return memory.sources[number]


def _source_sampler(opened: HashCenterDatabase, size: int, cancel: CancelToken) -> SourceSampler:
    def sample(source_id: int, box: Box) -> ClipSamples | None:
        source = opened.source(source_id)
        if source.duration * source.frame_rate * source.width * source.height > _MOST_PIXELS:
            return None
        try:
            return sample_clips(Path(source.path), size=size, part=box, cancel=cancel)
        except MediaError:
            # It moved, or is on a disk that is not there: its entry in the database still counts.
            return None

    return sample


def _believed(candidate: Candidate, align: Aligner, bits: int) -> Candidate:
    """With the alignment that codes and motion give, where nothing was looked at and codes are near; without any where
    codes are far, motion disagrees and no keypoints confirm it: it would be a guess.
    """
    registration = candidate.registration
    near = candidate.distance <= _FAR * bits
    if near and registration is None and not candidate.alignment.segments:
        return align(candidate)
    confirmed = registration is not None and registration.inliers >= ENOUGH_INLIERS
    if confirmed or near or candidate.agreement >= _AGREES:
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
