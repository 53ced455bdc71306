"""Tracing by two levels: sources by scene, with people in it or without; among the first of them, frames by motion."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress, part_of
from vtl_desktop.core.levels import LevelCandidate, LevelsResult, decided, ordered
from vtl_desktop.core.motion_matching import RATES, match_motion
from vtl_desktop.core.motion_signature import MotionSignature
from vtl_desktop.core.timeline import frame_nearest
from vtl_desktop.core.tracing import Source
from vtl_desktop.media.sampling import ClipSamples, sample_clips
from vtl_desktop.services.crops import CodeMaker
from vtl_desktop.services.engine import encoder_for
from vtl_desktop.services.scene_level import Scenes, scene_distance, scenes_of, some_of, thumbnail_squares
from vtl_desktop.services.search import ClipSearch
from vtl_desktop.storage.hash_center_database import HashCenterDatabase
from vtl_desktop.vision.motion_signature import SignatureMaker

FIRST = 10
"""Sources of the scene level that the motion level looks at: a wrong scene on top does no harm."""

_ALL = 200
"""Databases of so many sources are compared scene by scene as a whole; of larger ones what whole codes put first."""

_SURE = 0.8
"""A peak at a source's own speed from which no other speed is tried, of no candidate."""

_WAY_OF_SCENE = 0.05


class KnownSources(Protocol):
    """What the levels need to know of sources; `HashCenterDatabase` knows it."""

    def sources(self) -> Iterator[Source]: ...

    def motion_signature(self, source_id: int) -> MotionSignature: ...

    def thumbnails(self, source_id: int) -> tuple[tuple[float, bytes], ...]: ...


@dataclass(slots=True, eq=False)
class Levels:
    """Both levels over the sources of one database; what was made of a source is kept for the next suspect.

    Attributes:
        sources: of the database.
        encoder: of the same weights and bits.
        mask: leave people out of scenes. Codes of this program's weights find more with people in, however they were
            forged (docs/levels.md); without them what is found owes nothing to faces.
        mirror: also take suspects left-right reversed.
    """

    sources: KnownSources
    encoder: CodeMaker
    mask: bool = False
    mirror: bool = True
    _scenes: dict[int, Scenes] = field(default_factory=dict, repr=False)

    def trace(
        self,
        samples: ClipSamples,
        among: Sequence[Source],
        *,
        first: int = FIRST,
        progress: Progress = no_progress,
        cancel: CancelToken | None = None,
    ) -> list[LevelCandidate]:
        """The candidates, best first.

        Args:
            samples: of the suspect, with its signature.
            among: the sources to choose from.
            first: how many of the scene level the motion level looks at.
        """
        found = self.by_scene(samples, among, progress=part_of(progress, 0.0, 0.6), cancel=cancel)[:first]
        exact = self.by_motion(samples.signature, found, progress=part_of(progress, 0.6, 1.0), cancel=cancel)
        return ordered(exact, self.encoder.bits)

    def by_scene(
        self,
        samples: ClipSamples,
        among: Sequence[Source],
        *,
        progress: Progress = no_progress,
        cancel: CancelToken | None = None,
    ) -> list[LevelCandidate]:
        """The scene level alone: all sources, the nearest scene first."""
        telling = np.flatnonzero(samples.informative) if samples.informative.any() else np.arange(len(samples.times))
        places = telling[some_of(len(telling))]
        own = scenes_of(
            samples.pictures[places], samples.times[places], samples.signature, self.encoder,
            mirror=self.mirror, mask=self.mask, cancel=cancel,
        )  # fmt: skip
        found = []
        for number, source in enumerate(among):
            progress(number / len(among), f"Comparing scenes with {source.name}")
            distance, mirrored = scene_distance(own, self._scenes_of(source, cancel))
            found.append(LevelCandidate(source, 0, distance, mirrored))
        found.sort(key=lambda one: (one.scene_distance, one.source.id))
        return [replace(one, scene_rank=number + 1) for number, one in enumerate(found)]

    def by_motion(
        self,
        suspect: MotionSignature,
        candidates: Sequence[LevelCandidate],
        *,
        progress: Progress = no_progress,
        cancel: CancelToken | None = None,
    ) -> list[LevelCandidate]:
        """The motion level: the candidates, in the same order, each with its moment, mirrored or not as motion says.

        Other speeds than the source's own are tried where none of them agrees well without.
        """

        def compared(rates: Sequence[float], progress: Progress) -> list[LevelCandidate]:
            found = []
            for number, candidate in enumerate(candidates):
                if cancel is not None:
                    cancel.check()
                progress(number / len(candidates), f"Comparing motion with {candidate.source.name}")
                found.append(self._moment(suspect, candidate, rates))
            return found

        plain = compared((1.0,), part_of(progress, 0.0, 0.1))
        if any(one.motion is not None and one.motion.peak >= _SURE for one in plain):
            return plain
        return compared(RATES, part_of(progress, 0.1, 1.0))

    def _moment(self, suspect: MotionSignature, candidate: LevelCandidate, rates: Sequence[float]) -> LevelCandidate:
        known = self.sources.motion_signature(candidate.source.id)
        ways = {False: suspect, True: suspect.mirrored()} if self.mirror else {False: suspect}
        matches = {way: match_motion(signature, known, rates=rates) for way, signature in ways.items()}
        found = {way: match for way, match in matches.items() if match is not None}
        if not found:
            return candidate
        # Where both agree nearly alike, the scene knows better which way round it is.
        way = max(found, key=lambda way: found[way].peak + (_WAY_OF_SCENE if way == candidate.mirrored else 0.0))
        start = frame_nearest(known.times, found[way].start)
        return replace(candidate, mirrored=way, motion=found[way], start_frame=start)

    def _scenes_of(self, source: Source, cancel: CancelToken | None) -> Scenes:
        if source.id not in self._scenes:
            squares, times = thumbnail_squares(self.sources.thumbnails(source.id), self.encoder.input_size)
            signature = self.sources.motion_signature(source.id)
            self._scenes[source.id] = scenes_of(squares, times, signature, self.encoder, mask=self.mask, cancel=cancel)
        return self._scenes[source.id]


def trace_by_levels(
    exhibit: Exhibit,
    database: Path,
    *,
    first: int = FIRST,
    leave_out_people: bool = False,
    device: str = "auto",
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> LevelsResult:
    """Finds source and frames of a suspect by its scene and by what moves in it.

    For suspects that show their source's picture as a whole: somebody in front of a camera whose face, head or body was
    altered. Only what the database keeps is used, so the sources' files may be away.

    Args:
        exhibit: the suspect, taken in by `take_in`.
        database: the hash-center database.
        first: how many sources of the scene level the motion level looks at.
        leave_out_people: compare scenes without the people in them; see `Levels`.
        device: "auto", "cpu" or "cuda".

    Raises:
        MediaError: the suspect cannot be read.
        DatabaseError: the database cannot be used, or its weights are nowhere to be found.
        WeightsError: the weights cannot be used.
        Cancelled: the user cancelled.
    """
    started = time.monotonic()
    database = Path(database)
    with HashCenterDatabase.open(database) as opened:
        encoder = encoder_for(opened.bits, device, weights_sha256=opened.weights_sha256, beside=database)
        samples = sample_clips(
            Path(exhibit.path),
            size=encoder.input_size,
            watch=SignatureMaker,
            progress=part_of(progress, 0.0, 0.3),
            cancel=cancel,
        )
        among = list(opened.sources()) if len(opened) <= _ALL else _shortlist(opened, samples, encoder, cancel)
        levels = Levels(opened, encoder, mask=leave_out_people)
        candidates = levels.trace(samples, among, first=first, progress=part_of(progress, 0.3, 1.0), cancel=cancel)
        decision, reason = decided(candidates, encoder.bits)
        notes = list(dict.fromkeys([*exhibit.facts.notes, *samples.notes, *encoder.notes]))
        progress(1.0, reason)
        return LevelsResult(
            suspect_path=exhibit.path,
            suspect_sha256=exhibit.sha256,
            decision=decision,
            reason=reason,
            candidates=tuple(candidates),
            bits=encoder.bits,
            weights_sha256=opened.weights_sha256,
            database_path=str(database.absolute()),
            database_sources=len(opened),
            seconds=time.monotonic() - started,
            notes=tuple(notes),
        )


def _shortlist(
    opened: HashCenterDatabase, samples: ClipSamples, encoder: CodeMaker, cancel: CancelToken | None
) -> list[Source]:
    """The sources whose whole clips come nearest, straight or mirrored."""
    table = opened.clip_table()
    search = ClipSearch(table.codes, table.source_ids, table.times)
    turned = np.ascontiguousarray(samples.pictures[:, :, ::-1])
    ranked = [
        one
        for pictures in (samples.pictures, turned)
        for one in search.rank(encoder.encode(pictures, cancel=cancel), informative=samples.informative)
    ]
    ids = dict.fromkeys(one.source_id for one in sorted(ranked, key=lambda one: one.distance))
    return [opened.source(source_id) for source_id in ids]
