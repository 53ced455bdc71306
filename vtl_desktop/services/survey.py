"""The survey: all frames of a suspect against one candidate, coarsely first, then frame by frame."""

from __future__ import annotations

import json
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

import vtl_desktop
from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.errors import FrameUnavailable, StorageFull
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress
from vtl_desktop.core.localization import Mask
from vtl_desktop.core.region_linking import GAP, RegionLinker
from vtl_desktop.core.survey import AreaCollector, Survey
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.storage.json_values import to_json
from vtl_desktop.vision.spots import FrameSpots, spots_of

FORMAT = "vtl-desktop-regions/1"
"""Of the file that `write_survey` writes: docs/regions.md."""

COARSE = 32
"""Frames that are looked at first, spread over all that is aligned."""

COARSE_FROM = 6 * COARSE
"""Aligned frames from which that is worth it."""

TELL_SECONDS = 0.4
"""Between two tellings of how far it is."""

WAIT_SECONDS = 0.02
"""Between two looks at whether something more urgent is still going on."""

FRAMES_MISSING = 3
"""Steps between frames for which a region may be missing, at least."""

ENOUGH = 3
"""Frames of a suspect from which flicker can be told from a change."""


class Masks(Protocol):
    """What is used of `services.localize.Localizer`."""

    @property
    def methods(self) -> tuple[str, ...]: ...
    def mask(self, moment: float, *, method: str | None = None) -> Mask | None: ...


class SurveyBook:
    """What a survey has found so far; a survey that was stopped goes on with the same book.

    Memory is flat: no mask is kept, of frames looked at ahead only what their spots are.
    """

    def __init__(self, candidate: Candidate, width: int, height: int, frames: int) -> None:
        """Args:
        candidate: whose source the suspect is compared with.
        width, height, frames: of the suspect.
        """
        self.candidate = candidate
        self.size = (width, height)
        self.method = ""
        self.next = 0
        self._until = 0.0
        self._area = AreaCollector(frames)
        self._linker = RegionLinker(width, height)
        self._ahead: dict[int, tuple[float, FrameSpots | None]] = {}

    @property
    def frames(self) -> int:
        """Of the suspect."""
        return self._area.frames

    @property
    def examined(self) -> int:
        """Frames looked at, those ahead included."""
        return self._area.examined

    def knows(self, index: int) -> bool:
        """Whether a frame was looked at already."""
        return index < self.next or index in self._ahead

    def note_ahead(self, index: int, moment: float, mask: Mask | None) -> None:
        """A frame looked at before its turn; each at most once."""
        self._ahead[index] = (moment, self._counted(index, moment, mask))

    def go_on(self, moment: float, mask: Mask | None = None) -> None:
        """The next frame in order of time; its mask is not needed where it was looked at ahead.

        Args:
            moment: seconds.
            mask: None where nothing can be said of it.
        """
        index = self.next
        _, seen = self._ahead.pop(index) if index in self._ahead else (0.0, self._counted(index, moment, mask))
        step = moment - self._until
        if seen is not None:
            # At a low frame rate a frame or two may be missing all the same.
            self._linker.add(moment, self._source_time(moment), seen.spots, gap=max(GAP, FRAMES_MISSING * step))
        self.next, self._until = index + 1, moment

    def survey(self) -> Survey:
        """All that is known now."""
        linker = self._linker
        later = sorted(index for index in self._ahead if index >= self.next)
        if later:
            linker = linker.copy()
            before = self._until if self.next else self._ahead[later[0]][0]
            for index in later:
                moment, seen = self._ahead[index]
                if seen is not None:
                    gap = max(GAP, 1.5 * (moment - before))
                    linker.add(moment, self._source_time(moment), seen.spots, gap=gap, sparse=True)
                before = moment
        regions, left_out = linker.regions(single=self.frames < ENOUGH)
        share, moment = self._area.most
        return Survey(
            candidate_rank=self.candidate.rank,
            source_sha256=self.candidate.source.sha256,
            method=self.method,
            width=self.size[0],
            height=self.size[1],
            frames=self.frames,
            examined=self._area.examined,
            compared=self._area.compared,
            complete=self.next >= self.frames,
            examined_until=round(self._until, 6),
            mean_share=round(self._area.mean, 6),
            most_share=round(share, 6),
            most_time=round(moment, 6),
            area=self._area.track(),
            regions=regions,
            regions_left_out=left_out,
        )

    def _counted(self, index: int, moment: float, mask: Mask | None) -> FrameSpots | None:
        if mask is None:
            self._area.add(index, moment, None)
            return None
        self.method = mask.method
        seen = spots_of(mask)
        self._area.add(index, moment, seen.share, seen.kinds)
        return seen

    def _source_time(self, moment: float) -> float | None:
        return self.candidate.alignment.source_time(moment)


def survey(
    localizer: Masks,
    times: NDArray[np.float64],
    book: SurveyBook,
    *,
    method: str | None = None,
    on_update: Callable[[Survey], None] | None = None,
    urgent: Callable[[], bool] | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> Survey:
    """Goes over all frames that the alignment covers.

    Where there are many, `COARSE` of them are looked at first, so that an outline is there soon; then all in order.

    Args:
        localizer: makes the masks; stays the caller's.
        times: of the suspect's frames, float64 [n], seconds.
        book: what is known already, and where the findings go.
        method: of the masks; None for the best there is.
        on_update: told now and then, in this thread.
        urgent: whether something else needs the machine; the survey waits for as long as it says so.
        progress, cancel: of the job. Told to stop, it does so before the next frame; the book can be gone on with.

    Raises:
        Cancelled: the user cancelled.
    """
    work = _Work(localizer, times, book, method, on_update, urgent, progress, cancel or CancelToken())
    work.look_ahead()
    work.go_through()
    return work.tell(1.0, "All frames examined")


class _Work:
    """One run."""

    def __init__(
        self,
        localizer: Masks,
        times: NDArray[np.float64],
        book: SurveyBook,
        method: str | None,
        on_update: Callable[[Survey], None] | None,
        urgent: Callable[[], bool] | None,
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        self._localizer, self._times, self._book, self._method = localizer, times, book, method
        self._on_update, self._urgent = on_update, urgent
        self._progress, self._cancel = progress, cancel
        self._told = 0.0
        if not book.method:
            book.method = method or localizer.methods[0]

    def look_ahead(self) -> None:
        """Some frames, spread over what is aligned."""
        aligned = aligned_frames(self._book.candidate, self._times)
        if len(aligned) < COARSE_FROM:
            return
        places = (np.arange(COARSE) + 0.5) / COARSE * len(aligned)
        for number, index in enumerate(int(aligned[int(place)]) for place in places):
            if self._book.knows(index):
                continue
            moment = float(self._times[index])
            self._book.note_ahead(index, moment, self._mask(moment))
            self._tell_now_and_then(f"A first look: frame {number + 1} of {COARSE}")

    def go_through(self) -> None:
        """All frames, in order."""
        book = self._book
        while book.next < book.frames:
            moment = float(self._times[book.next])
            book.go_on(moment, None if book.knows(book.next) else self._mask(moment))
            self._tell_now_and_then(f"Frame {book.next:,} of {book.frames:,}")

    def tell(self, fraction: float, message: str) -> Survey:
        found = self._book.survey()
        if self._on_update is not None:
            self._on_update(found)
        self._progress(fraction, message)
        return found

    def _mask(self, moment: float) -> Mask | None:
        self._cancel.check()
        while self._urgent is not None and self._urgent():
            time.sleep(WAIT_SECONDS)
            self._cancel.check()
        try:
            return self._localizer.mask(moment, method=self._method)
        except FrameUnavailable:
            # A hole in a damaged file: nothing is known there, and the others are still wanted.
            return None

    def _tell_now_and_then(self, message: str) -> None:
        fraction = self._book.examined / max(self._book.frames, 1)
        self._progress(fraction, message)
        if time.monotonic() - self._told >= TELL_SECONDS:
            self.tell(fraction, message)
            # Telling takes longer the more there is: it never takes more than a small part of the time.
            self._told = time.monotonic()


def aligned_frames(candidate: Candidate, times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Numbers of the suspect's frames that the alignment covers, ascending: int64 [n]."""
    covered = np.zeros(len(times), bool)
    ordered = times.tolist()
    for segment in candidate.alignment.segments:
        first = bisect_left(ordered, segment.suspect_start - 1e-6)
        covered[first : bisect_right(ordered, segment.suspect_end + 1e-6)] = True
    return np.flatnonzero(covered)


def survey_values(exhibit: Exhibit, candidate: Candidate, found: Survey) -> dict[str, object]:
    """A survey as plain JSON values, with what it is of: what `write_survey` writes."""
    return {
        "format": FORMAT,
        "program": f"VTL Desktop {vtl_desktop.__version__}",
        "suspect": {"file": exhibit.name, "sha256": exhibit.sha256, "duration": exhibit.facts.duration},
        "source": {"file": candidate.source.name, "sha256": candidate.source.sha256, "rank": candidate.rank},
        "means": "A mark says that the suspect differs from this source there. It does not say who changed it, or why.",
        "survey": to_json(found),
    }


def write_survey(out: Path, exhibit: Exhibit, candidate: Candidate, found: Survey) -> Path:
    """Writes a survey as JSON.

    Raises:
        StorageFull: it cannot be written there.
    """
    text = json.dumps(survey_values(exhibit, candidate, found), ensure_ascii=False, allow_nan=False)
    try:
        out.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise StorageFull(
            f"{out} could not be written: {error.strerror or error}.", "Choose a folder that you may write to."
        ) from error
    return out
