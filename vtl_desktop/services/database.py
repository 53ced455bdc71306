"""Questions about a database, and its care: what is in it, is it whole, take out, find moved files again."""

from __future__ import annotations

from pathlib import Path

from vtl_desktop.core.errors import DatabaseError, UsageError
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress
from vtl_desktop.core.tracing import Source
from vtl_desktop.media.digest import sha256_of
from vtl_desktop.storage.hash_center_database import DatabaseInfo, HashCenterDatabase


def database_info(path: Path) -> DatabaseInfo:
    """What a database holds.

    Raises:
        DatabaseError: it cannot be used.
    """
    with HashCenterDatabase.open(Path(path)) as opened:
        return opened.info()


def database_problems(path: Path, *, progress: Progress = no_progress, cancel: CancelToken | None = None) -> list[str]:
    """What is wrong with a database, in plain sentences; empty when it is whole."""
    with HashCenterDatabase.open(Path(path)) as opened:
        return opened.verify(progress=progress, cancel=cancel)


def list_sources(path: Path) -> list[Source]:
    """All enrolled sources."""
    with HashCenterDatabase.open(Path(path)) as opened:
        return list(opened.sources())


def remove_sources(path: Path, names: list[str]) -> list[Source]:
    """Takes sources out of a database, by file name, full path, or the first eight or more digits of the SHA-256.

    Returns:
        The sources removed.

    Raises:
        UsageError: a name fits no source; nothing is removed then.
    """
    with HashCenterDatabase.open(Path(path), write=True) as opened:
        sources = list(opened.sources())
        chosen: dict[int, Source] = {}
        for name in names:
            fitting = [
                s for s in sources if name in (s.name, s.path) or (len(name) >= 8 and s.sha256.startswith(name.lower()))
            ]
            if not fitting:
                raise UsageError(
                    f"No source called {name!r} in {path}.",
                    "Name it by file name, full path, or the first eight digits of its SHA-256.",
                )
            chosen.update({s.id: s for s in fitting})
        for source_id in chosen:
            opened.remove(source_id)
        return list(chosen.values())


def relocate(
    database: Path,
    source: Source,
    new_path: Path,
    *,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> Source:
    """Notes where a moved source file lies now, after checking that it is the same file.

    Raises:
        DatabaseError: the file's SHA-256 differs from what was enrolled.
        MediaError: the file cannot be read.
    """
    new_path = Path(new_path).absolute()
    digest = sha256_of(new_path, progress=progress, cancel=cancel)
    if digest != source.sha256:
        raise DatabaseError(
            f"{new_path} is not the file that was enrolled as {source.name}: its SHA-256 is {digest[:16]}..., "
            f"enrolled was {source.sha256[:16]}...",
            "Choose the unchanged file, or enroll this one as a source of its own.",
        )
    with HashCenterDatabase.open(Path(database), write=True) as opened:
        opened.relocate(source.id, str(new_path))
        return opened.source(source.id)
