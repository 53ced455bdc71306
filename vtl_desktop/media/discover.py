"""Which of some files and folders are video."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

VIDEO_ENDINGS = frozenset(
    {".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".divx", ".wmv", ".asf", ".flv", ".f4v", ".rm", ".rmvb"}
    | {".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".vob", ".mxf", ".3gp", ".3g2", ".ogv", ".ogg", ".dv", ".y4m", ".gif"}
    | {".h264", ".264", ".h265", ".265", ".hevc", ".dav"}
)
IMAGE_ENDINGS = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".jp2", ".avif"})


def find_media(paths: Sequence[Path], *, images: bool = False) -> list[Path]:
    """The videos among some files and in some folders.

    Nothing is left out in silence: a path that is not there, and a folder that may not be searched, are in the answer,
    so that opening them says what is wrong while the others are still done.

    Args:
        paths: files are taken whatever their ending says; folders are searched all the way down, files with the ending
            of a video are taken, hidden files and folders left out.
        images: in folders, pictures too.

    Returns:
        Each file once, in the order given, a folder's files sorted by path.
    """
    endings = VIDEO_ENDINGS | IMAGE_ENDINGS if images else VIDEO_ENDINGS
    found: dict[Path, None] = {}
    for path in paths:
        found.update(dict.fromkeys(sorted(_inside(path, endings)) if path.is_dir() else [path]))
    return list(found)


def _inside(folder: Path, endings: frozenset[str]) -> Iterator[Path]:
    closed: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(root, name)
            if path.suffix.lower() in endings and not name.startswith("."):
                yield path
    yield from (Path(error.filename) for error in closed)
