"""A small archive of rendered scenes, enrolled once for all tests of the straight line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vtl_desktop.media.writers import write_video
from vtl_desktop.services.demonstration.scenes import SCENES, frames
from vtl_desktop.services.enroll import EnrollResult, enroll

SECONDS = 5.0
NAMES = ("hills", "street", "living_room", "work_table")


class Archive:
    """Where everything lies, and what enrolling said."""

    def __init__(self, folder: Path, database: Path, enrolled: EnrollResult) -> None:
        self.folder, self.database, self.enrolled = folder, database, enrolled

    def source(self, name: str) -> Path:
        return self.folder / f"{name}.mp4"


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Archive:
    folder = tmp_path_factory.mktemp("archive")
    for scene in SCENES:
        if scene.name in NAMES:
            write_video(folder / f"{scene.name}.mp4", frames(scene, SECONDS), 25.0)
    (folder / "broken.mp4").write_text("this is no video")
    database = folder.parent / "archive.h5"
    return Archive(folder, database, enroll([folder], database))


def cut(archive: Archive, name: str, start: int, count: int) -> list[np.ndarray]:
    """Frames of a source, by number."""
    from vtl_desktop.media.video_file import VideoFile

    with VideoFile(archive.source(name)) as video:
        return [video.frame(index).picture for index in range(start, start + count)]
