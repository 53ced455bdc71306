"""Numbered videos and masks without files or codecs, with delays and failures on demand."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from tests.helpers.numbered_video import numbered_picture
from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.errors import FrameUnavailable, MissingMedia
from vtl_desktop.core.localization import FITTED_DIFFERENCE, Mask, Registration
from vtl_desktop.core.media import Frame, MediaFacts
from vtl_desktop.core.timeline import frame_at
from vtl_desktop.core.tracing import Candidate, ClipDistance, Source

WIDTH, HEIGHT = 80, 60
IDENTITY = Registration((1, 0, 0, 0, 1, 0, 0, 0, 1), inliers=100, method="keypoints")


def facts_of(path: str, times, duration: float) -> MediaFacts:
    rate = len(times) / duration if duration else 0.0
    kind = "video" if len(times) > 1 else "image"
    return MediaFacts(path, 1000, kind, "mp4", "h264", WIDTH, HEIGHT, duration, rate, len(times))


class NumberedFake:
    """A video whose frames show their numbers.

    Attributes:
        delay: seconds that each frame takes; gone: every frame fails from now on; broken: these frames fail.
        asked: frames that were decoded, in order; threads: names of the threads that used it.
    """

    def __init__(self, path="video.mp4", *, count=60, rate=30.0, times=None, mirrored=False, key_every=12):
        self.times = np.arange(count) / rate if times is None else np.asarray(times, float)
        step = self.times[-1] - self.times[-2] if len(self.times) > 1 else 0.0
        self.facts = facts_of(str(path), self.times, float(self.times[-1] + step))
        self.keyframes = np.arange(len(self.times)) % key_every == 0
        self.mirrored = mirrored
        self.delay = 0.0
        self.gone = False
        self.broken: set[int] = set()
        self.asked: list[int] = []
        self.threads: set[str] = set()
        self.closed = False

    def frame(self, index: int) -> Frame:
        self.threads.add(threading.current_thread().name)
        if self.delay:
            time.sleep(self.delay)
        if self.gone:
            raise FrameUnavailable(f"{self.facts.path} is gone.", "Connect the drive.")
        if index in self.broken:
            raise FrameUnavailable(f"{self.facts.path}: frame {index} cannot be decoded.")
        self.asked.append(index)
        picture = numbered_picture(index, WIDTH, HEIGHT)
        if self.mirrored:
            picture = np.ascontiguousarray(picture[:, ::-1])
        return Frame(index, float(self.times[index]), picture, key=bool(self.keyframes[index]), kind="P")

    def cached_ranges(self):
        return ((0.0, 0.5),)

    def close(self) -> None:
        self.closed = True


class FakeLocalizer:
    """Masks whose every pixel is the number of the suspect's frame; pairs with the source's own numbered picture."""

    def __init__(self, suspect: NumberedFake, source: NumberedFake, alignment: Alignment, *, delay=0.0):
        self.suspect, self.source, self.alignment = suspect, source, alignment
        self.delay = delay
        self.asked: list[int] = []
        self.closed = False

    methods = (FITTED_DIFFERENCE,)

    def mask(self, moment: float, *, method: str | None = None) -> Mask | None:
        time.sleep(self.delay)
        source_time = self.alignment.source_time(moment)
        index = frame_at(self.suspect.times, moment)
        self.asked.append(index)
        if source_time is None:
            return None
        return Mask(np.full((HEIGHT, WIDTH), index, np.uint8), FITTED_DIFFERENCE, moment, source_time, IDENTITY)

    def registered_pair(self, moment: float):
        time.sleep(self.delay)
        times = self.source.times
        index = int(np.abs(times - self.alignment.source_time(moment)).argmin())
        picture = numbered_picture(index, WIDTH, HEIGHT)
        frame = Frame(index, float(times[index]), picture)
        return SimpleNamespace(source=frame, warped=picture[:, ::-1].copy(), registration=IDENTITY)

    def close(self) -> None:
        self.closed = True


class FakeBench:
    """Opens what was put into `videos` (path -> video or exception)."""

    def __init__(self, **videos):
        self.videos = {f"/{name}.mp4": video for name, video in videos.items()}
        self.localizers: list[FakeLocalizer] = []
        self.localizer_error: Exception | None = None
        self.mask_delay = 0.0
        self.opened: list[str] = []

    def open_video(self, path: Path):
        self.opened.append(Path(path).as_posix())
        video = self.videos.get(Path(path).as_posix())
        if video is None:
            raise MissingMedia(f"{path} is not there.", "Locate it.")
        return video

    def localizer(self, exhibit, candidate) -> FakeLocalizer:
        if self.localizer_error is not None:
            raise self.localizer_error
        made = FakeLocalizer(
            self.videos[exhibit.path],
            self.videos[candidate.source.path],
            candidate.alignment,
            delay=self.mask_delay,
        )
        self.localizers.append(made)
        return made


def exhibit_of(video: NumberedFake, path="/suspect.mp4") -> Exhibit:
    return Exhibit(path, "ab" * 32, "2026-11-20T10:00:00+00:00", video.facts)


def candidate_of(*segments: Segment, path="/source.mp4", rank=1, mirrored=False, best=None) -> Candidate:
    alignment = Alignment(segments)
    moments = np.arange(0.125, 2.0, 0.25)
    clips = tuple(ClipDistance(float(t), int(40 + 30 * t), float(alignment.source_time(t) or 0.0)) for t in moments)
    best = best if best is not None else segments[0].suspect_start if segments else 0.0
    source = Source(rank, path, "cd" * 32, 1000, 10.0, 30.0, WIDTH, HEIGHT, "h264", "2026-11-19T10:00:00+00:00")
    return Candidate(
        rank, source, 60.0, 12.0, mirrored, alignment, clips, best, alignment.source_time(best) or 0.0, IDENTITY, 1.0
    )
