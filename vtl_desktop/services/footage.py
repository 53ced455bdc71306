"""The files of one trace: each opened once, each of their pictures decoded and looked at once."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from types import TracebackType
from typing import Self

from vtl_desktop.core.media import Box, MediaFacts
from vtl_desktop.core.timeline import frame_nearest
from vtl_desktop.core.tracing import Source
from vtl_desktop.media.kept import KeptFrames
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.vision.keypoints import Looked

_SOURCES = 2
"""Sources open at a time: the one that is looked at, and the best one."""

_PICTURES = 64
"""Pictures in grey, with their keypoints, that are kept: half a megabyte each."""


class Footage:
    """Pictures of a suspect and of its candidates' sources. A context manager, for one thread at a time."""

    def __init__(self, suspect: Path, facts: MediaFacts, kept: KeptFrames | None = None) -> None:
        """Opens nothing yet.

        Args:
            suspect: the file.
            facts: of it.
            kept: what was kept of it when it was sampled.
        """
        self.facts, self.kept = facts, kept
        self._path = suspect
        self._own: VideoFile | None = None
        self._sources: OrderedDict[int, VideoFile] = OrderedDict()
        self._looked: OrderedDict[tuple[int, float, Box | None], Looked] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of all files."""
        for video in (self._own, *self._sources.values()):
            if video is not None:
                video.close()
        self._own = None
        self._sources.clear()
        self._looked.clear()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the suspect's picture."""
        return self.facts.width, self.facts.height

    @property
    def suspect(self) -> VideoFile:
        """The suspect's file, opened when it is first asked for.

        Raises:
            MediaError: it can no longer be read.
        """
        if self._own is None:
            self._own = VideoFile(self._path)
        return self._own

    def source(self, source: Source) -> VideoFile:
        """A source's file; good until another two were asked for.

        Raises:
            MediaError: it is not at hand, or cannot be read.
        """
        if source.id not in self._sources:
            while len(self._sources) >= _SOURCES:
                self._sources.popitem(last=False)[1].close()
            self._sources[source.id] = VideoFile(Path(source.path))
        self._sources.move_to_end(source.id)
        return self._sources[source.id]

    def suspect_at(self, moment: float, part: Box | None) -> Looked:
        """What the suspect shows at a moment, seconds, or a part of it. Raises as `suspect`."""
        key = 0, moment, part
        if key not in self._looked:
            picture = self.kept.picture(moment) if self.kept is not None else None
            if picture is None:
                picture = self.suspect.frame_at(moment).picture
            self._keep(key, Looked(part.cut(picture) if part else picture))
        return self._looked[key]

    def source_at(self, source: Source, moment: float) -> Looked:
        """What a source shows at a moment, seconds. Raises as `source`."""
        key = source.id, moment, None
        if key not in self._looked:
            video = self.source(source)
            # The frame before would do for a scene that stands still; where the camera pans, it is in another place.
            self._keep(key, Looked(video.frame(frame_nearest(video.times, moment)).picture))
        return self._looked[key]

    def _keep(self, key: tuple[int, float, Box | None], looked: Looked) -> None:
        while len(self._looked) >= _PICTURES:
            self._looked.popitem(last=False)
        self._looked[key] = looked
