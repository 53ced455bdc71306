"""`vtl-desktop enroll`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from vtl_desktop.cli import options
from vtl_desktop.cli.terminal import DONE, INPUT_UNREADABLE, answer, plain_errors, progress_bar, say


def enroll(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Videos, or folders that hold some.")],
    database: options.Database,
    bits: Annotated[int, typer.Option(help="Code length of a new database: 64, 128, 256, 512 or 1024.")] = 512,
    device: options.Device = "auto",
    as_json: options.AsJson = False,
) -> None:
    """Enroll authentic videos as sources in a database.

    The database is made if it is not there. Run it again at any time: what is enrolled is skipped, an interrupted run
    goes on from where it stopped, and a file that cannot be read is named and stops nothing (exit status 3).

    Example: vtl-desktop enroll archive/ more/clip.mp4 --database archive.h5
    """
    from vtl_desktop.core.errors import UsageError
    from vtl_desktop.core.hashing import BIT_LENGTHS
    from vtl_desktop.services.enroll import enroll as run

    with plain_errors():
        if bits not in BIT_LENGTHS:
            raise UsageError(f"No codes of {bits} bits.", f"Choose one of {', '.join(map(str, BIT_LENGTHS))}.")
        with progress_bar() as progress:
            result = run(paths, database, bits=bits, device=device, progress=progress)
        for path, message in result.failed:
            say(f"Skipped {path}: {message}")
        for note in result.notes:
            say(f"Note: {note}")
        if as_json:
            answer(
                json.dumps(
                    {
                        "database": str(database),
                        "enrolled": [{"id": s.id, "path": s.path, "sha256": s.sha256} for s in result.enrolled],
                        "known": list(result.known),
                        "failed": [{"path": path, "error": message} for path, message in result.failed],
                        "seconds": round(result.seconds, 3),
                    },
                    ensure_ascii=False,
                )
            )
        else:
            answer(
                f"{len(result.enrolled)} sources enrolled, {len(result.known)} known already, "
                f"{len(result.failed)} skipped, in {result.seconds:.1f} s: {database}"
            )
        raise typer.Exit(INPUT_UNREADABLE if result.failed else DONE)
