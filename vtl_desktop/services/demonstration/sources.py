"""Rendering the demonstration's sources to files, once: a folder that holds them already is used as it is."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vtl_desktop.core.errors import Cancelled, StorageFull, UsageError
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress
from vtl_desktop.core.media import Picture
from vtl_desktop.media.digest import sha256_of
from vtl_desktop.media.writers import write_video
from vtl_desktop.services.demonstration.scenes import FRAME_RATE, RECIPE, SCENES, Scene, frames

RECIPE_FILE = "recipe.json"
_UNFINISHED = ".unfinished"


def render_sources(
    folder: Path,
    *,
    scenes: Sequence[Scene] = SCENES,
    limit: float | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[tuple[Path, ...], int]:
    """Renders sources as MP4 files, several at once.

    A file is kept where it was rendered by the same recipe and its SHA-256 is still the one noted then.

    Args:
        folder: made if it is not there; receives NAME.mp4 for each scene, and a note of what was rendered.
        scenes: which.
        limit: seconds of each; None for whole scenes.

    Returns:
        The paths in the order of the scenes, and how many were rendered now.

    Raises:
        StorageFull: the folder cannot be written.
        Cancelled: the user cancelled; finished files are kept.
    """
    folder = Path(folder)
    make_folder(folder)
    noted = _noted(folder)
    # Noted before anything is rendered: the note tells whose folder it is, also after a kill.
    write_text(folder / RECIPE_FILE, json.dumps(noted, indent=1))
    for left_over in folder.glob(f"*{_UNFINISHED}.mp4"):
        left_over.unlink(missing_ok=True)
    missing = [scene for scene in scenes if not _kept(folder, scene, limit, noted)]
    renderer = _Renderer(folder, limit, noted, sum(_length(scene, limit) for scene in missing), progress, cancel)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="rendering") as pool:
        try:
            _first_error([pool.submit(renderer.render, scene).exception for scene in missing])
        except BaseException:
            renderer.stop.cancel()
            raise
    progress(1.0, f"{len(scenes)} sources are there")
    return tuple(folder / f"{scene.name}.mp4" for scene in scenes), len(missing)


class _Renderer:
    """Renders one scene a call, in any thread; one call that fails or is cancelled stops the others."""

    def __init__(
        self,
        folder: Path,
        limit: float | None,
        noted: dict[str, dict[str, str]],
        total: int,
        progress: Progress,
        cancel: CancelToken | None,
    ) -> None:
        self.stop = CancelToken()
        self._folder, self._limit, self._noted, self._total = folder, limit, noted, total
        self._progress, self._cancel = progress, cancel
        self._lock = threading.Lock()
        self._done = 0

    def render(self, scene: Scene) -> None:
        """Renders a scene to its file and notes its digest."""
        try:
            path = self._folder / f"{scene.name}.mp4"
            write_h264(path, lambda: self._counted(scene), crf=21)
            digest = sha256_of(path)
            with self._lock:
                self._noted[scene.name] = {"recipe": _recipe(scene, self._limit), "sha256": digest}
                write_text(self._folder / RECIPE_FILE, json.dumps(self._noted, indent=1))
        except BaseException:
            self.stop.cancel()
            raise

    def _counted(self, scene: Scene) -> Iterator[Picture]:
        for picture in frames(scene, self._limit):
            self.stop.check()
            if self._cancel is not None:
                self._cancel.check()
            with self._lock:
                self._done += 1
                self._progress(min(self._done / self._total, 1.0), f"Rendering {scene.name}")
            yield picture


def make_folder(folder: Path) -> None:
    """Makes a folder with its parents.

    Raises:
        StorageFull: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFull(
            f"{folder} cannot be made: {error.strerror}.", "Choose a folder that may be written."
        ) from error


def write_text(path: Path, text: str) -> None:
    """Writes a small text file.

    Raises:
        StorageFull: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageFull(
            f"{path} cannot be written: {error.strerror}.", "Make room, or choose another folder."
        ) from error


def write_h264(path: Path, pictures: Callable[[], Iterator[Picture]], *, crf: int) -> Path:
    """Writes a video under its final name only when it is whole; MPEG-4 where FFmpeg has no H.264 encoder.

    Args:
        path: of the file.
        pictures: gives the frames, from the first, each time it is called.
        crf: quality, lower is better.
    """
    unfinished = path.with_name(f"{path.stem}{_UNFINISHED}{path.suffix}")
    try:
        try:
            write_video(unfinished, pictures(), FRAME_RATE, options={"crf": str(crf), "preset": "veryfast"})
        except UsageError:
            write_video(unfinished, pictures(), FRAME_RATE, codec="mpeg4", options={"b": "4000000"})
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _length(scene: Scene, limit: float | None) -> int:
    return round(min(scene.seconds, limit or scene.seconds) * FRAME_RATE)


def _recipe(scene: Scene, limit: float | None) -> str:
    text = f"{RECIPE} {scene.name} {scene.seconds} {limit} {FRAME_RATE}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _noted(folder: Path) -> dict[str, dict[str, str]]:
    try:
        noted = json.loads((folder / RECIPE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # No note, or one that cannot be read, means: render again.
        return {}
    return noted if isinstance(noted, dict) else {}


def _kept(folder: Path, scene: Scene, limit: float | None, noted: dict[str, dict[str, str]]) -> bool:
    note, path = noted.get(scene.name, {}), folder / f"{scene.name}.mp4"
    if note.get("recipe") != _recipe(scene, limit) or not path.is_file() or not path.stat().st_size:
        return False
    return sha256_of(path) == note.get("sha256")


def _first_error(outcomes: Sequence[Callable[[], BaseException | None]]) -> None:
    """Waits for all jobs; raises what went wrong, and `Cancelled` only where nothing worse did."""
    errors = [error for outcome in outcomes if (error := outcome()) is not None]
    for error in sorted(errors, key=lambda error: isinstance(error, Cancelled)):
        raise error
