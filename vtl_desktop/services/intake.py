"""Taking in an exhibit: its digest first, before anything decodes it, then its facts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress, part_of
from vtl_desktop.media.digest import sha256_of
from vtl_desktop.media.probe import probe


def take_in(path: Path, *, progress: Progress = no_progress, cancel: CancelToken | None = None) -> Exhibit:
    """Fixes the SHA-256 of a suspect and reads its facts.

    Raises:
        MediaError: the file cannot be read, or holds no picture.
        Cancelled: the user cancelled.
    """
    path = Path(path).expanduser().absolute()
    digest = sha256_of(path, progress=part_of(progress, 0.0, 0.9), cancel=cancel)
    hashed_at = datetime.now(UTC).isoformat(timespec="seconds")
    progress(0.9, "Reading the facts of the file")
    facts = probe(path)
    progress(1.0, "Exhibit taken in")
    return Exhibit(str(path), digest, hashed_at, facts)
