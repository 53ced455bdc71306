"""The facts of a file."""

from __future__ import annotations

from pathlib import Path

from vtl_desktop.core.media import MediaFacts
from vtl_desktop.media.video_file import VideoFile


def probe(path: str | Path) -> MediaFacts:
    """What the decoder says of a video or picture; all packets are read, a few frames decoded.

    Raises:
        MissingMedia, UnreadableMedia, NoPicture: see `VideoFile`.
    """
    with VideoFile(path) as video:
        return video.facts
