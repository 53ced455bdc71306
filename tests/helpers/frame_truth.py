"""How many frames of a suspect are aligned with the very frame of the source that they show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.helpers.numbered_scene import number_of
from vtl_desktop.core.timeline import frame_at, frame_nearest
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.services.localize import Localizer


@dataclass(frozen=True, slots=True)
class Exactness:
    """Of one suspect.

    Attributes:
        frames: of the suspect.
        covered: share of them with an aligned source time.
        exact: share of all whose aligned time is nearest to the very frame.
        on_screen: share of all whose aligned time falls while the very frame is on screen.
        shown: share of all that the localizer lays over the very frame; NaN where not asked for.
        worst: most frames that an aligned time (the nearest frame) is off, over the covered ones.
        segments: of the alignment.
    """

    frames: int
    covered: float
    exact: float
    on_screen: float
    shown: float
    worst: int
    segments: int


def exactness(suspect: Path, candidate: Candidate | None, *, shown: bool = True) -> Exactness:
    """Reads the number in each frame of the suspect and compares it with the frame that it is aligned with."""
    with VideoFile(suspect) as video:
        moments = [float(time) for time in video.times]
        truth = np.array([number_of(video.frame(index).picture) for index in range(len(moments))])
    if candidate is None:
        return Exactness(len(truth), 0, 0, 0, 0, 0, 0)
    with VideoFile(candidate.source.path) as video:
        source_times = video.times
    aligned = [candidate.alignment.source_time(moment) for moment in moments]
    covered = np.array([time is not None for time in aligned])
    nearest = np.array([-1 if time is None else frame_nearest(source_times, time) for time in aligned])
    on_screen = np.array([-1 if time is None else frame_at(source_times, time) for time in aligned])
    laid = np.full(len(truth), -1)
    if shown:
        with Localizer(suspect, candidate.source.path, candidate) as localizer:
            for row in np.flatnonzero(covered):
                laid[row] = localizer.registered_pair(moments[row]).source.index
    return Exactness(
        frames=len(truth),
        covered=float(covered.mean()),
        exact=float((nearest == truth).mean()),
        on_screen=float((on_screen == truth).mean()),
        shown=float((laid == truth).mean()) if shown else float("nan"),
        worst=int(np.abs(nearest - truth)[covered].max(initial=0)),
        segments=len(candidate.alignment.segments),
    )
