"""Pictures for the candidate list and for the report."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.case import Exhibit, FramePair
from vtl_desktop.core.errors import MediaError
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress
from vtl_desktop.core.media import Picture
from vtl_desktop.core.timeline import frame_nearest
from vtl_desktop.core.tracing import Candidate, Source
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.services.localize import Localizer
from vtl_desktop.storage.hash_center_database import HashCenterDatabase


def candidate_pictures(
    exhibit: Exhibit, candidate: Candidate, database: Path, *, height: int = 108
) -> tuple[Picture, Picture | None]:
    """The best pair of moments as small pictures.

    Args:
        exhibit: the suspect.
        candidate: whose best moments are shown.
        database: for the thumbnail, where the source's file is not at hand.
        height: of both pictures, in pixels.

    Returns:
        The suspect's picture and the source's, RGB; None where neither file nor thumbnail is at hand.

    Raises:
        MediaError: the suspect cannot be read.
    """
    with VideoFile(Path(exhibit.path)) as suspect:
        left = suspect.frame_at(candidate.best_suspect_time).picture
    right = _source_picture(candidate, Path(database))
    return _scaled(left, height), None if right is None else _scaled(right, height)


def _source_picture(candidate: Candidate, database: Path) -> Picture | None:
    try:
        with VideoFile(Path(candidate.source.path)) as source:
            return source.frame(frame_nearest(source.times, candidate.best_source_time)).picture
    except MediaError:
        with HashCenterDatabase.open(database) as opened:
            jpeg = opened.thumbnail_near(candidate.source.id, candidate.best_source_time)
    if jpeg is None:
        return None
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return None if picture is None else np.ascontiguousarray(picture[:, :, ::-1], np.uint8)


def _scaled(picture: Picture, height: int) -> Picture:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def source_file(source: Source) -> Path | None:
    """Where a source's file lies, or None when it is not there any more."""
    path = Path(source.path)
    return path if path.is_file() else None


def case_pairs(
    exhibit: Exhibit,
    candidate: Candidate,
    *,
    count: int = 3,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[FramePair, ...]:
    """Moments of the suspect beside the same moments of the source, with the mask, for the report.

    The moments are spread evenly over what the alignment covers. Where the source's file is not at hand, the suspect's
    frames stand alone.

    Raises:
        MediaError: the suspect cannot be read.
        Cancelled: the user cancelled.
    """
    cancel = cancel or CancelToken()
    moments = _spread(candidate.alignment, count) or [candidate.best_suspect_time]
    if source_file(candidate.source) is None:
        return tuple(_alone(exhibit, candidate, moments))
    pairs = []
    with Localizer(exhibit.path, candidate.source.path, candidate) as localizer:
        for number, moment in enumerate(moments):
            cancel.check()
            progress(number / len(moments), f"Frame pair {number + 1} of {len(moments)}")
            pair = localizer.registered_pair(moment)
            mask = localizer.mask(moment)
            suspect, source = pair.suspect, pair.source
            size, source_size = suspect.picture.shape[1::-1], source.picture.shape[1::-1]
            pairs.append(
                FramePair(
                    suspect_time=suspect.time,
                    source_time=source.time,
                    suspect_index=suspect.index,
                    source_index=source.index,
                    suspect=suspect.picture,
                    source=pair.warped,
                    mask=None if mask is None else mask.picture,
                    mask_method="" if mask is None else mask.method,
                    changed_share=0.0 if mask is None else mask.changed_share,
                    registration=pair.registration.describe(size, source_size),
                    caption=_caption(exhibit, candidate, suspect.index, suspect.time, source.index, source.time),
                )
            )
    return tuple(pairs)


def _spread(alignment: Alignment, count: int) -> list[float]:
    """Moments of the suspect at even steps through the covered time, borders left out."""
    if not alignment.segments:
        return []
    if alignment.covered <= 0:
        return [alignment.segments[0].suspect_start]
    moments = []
    for place in (np.arange(count) + 0.5) / count * alignment.covered:
        left = float(place)
        for segment in alignment.segments:
            if left <= segment.duration:
                moments.append(segment.suspect_start + left)
                break
            left -= segment.duration
    return moments


def _alone(exhibit: Exhibit, candidate: Candidate, moments: list[float]) -> list[FramePair]:
    pairs = []
    with VideoFile(Path(exhibit.path)) as suspect:
        for moment in moments:
            frame = suspect.frame_at(moment)
            source_time = candidate.alignment.source_time(moment)
            source_time = candidate.best_source_time if source_time is None else source_time
            rate = candidate.source.frame_rate
            times = np.arange(max(int(candidate.source.duration * rate), 1)) / rate if rate > 0 else np.zeros(1)
            pairs.append(
                FramePair(
                    suspect_time=frame.time,
                    source_time=source_time,
                    suspect_index=frame.index,
                    source_index=frame_nearest(times, source_time),
                    suspect=frame.picture,
                    caption=f"{exhibit.name}, frame {frame.index} at {frame.time:.3f} s. "
                    f"The source's file was not at hand: {candidate.source.path}",
                )
            )
    return pairs


def _caption(exhibit: Exhibit, candidate: Candidate, index: int, time: float, other: int, other_time: float) -> str:
    return (
        f"{exhibit.name}, frame {index} at {time:.3f} s, beside {candidate.source.name}, "
        f"frame {other} at {other_time:.3f} s"
    )
