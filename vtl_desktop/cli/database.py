"""`vtl-desktop database info|verify|remove|export`."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from vtl_desktop.cli import options
from vtl_desktop.cli.terminal import DATABASE_UNUSABLE, answer, plain_errors, progress_bar, say

app = typer.Typer(no_args_is_help=True, help="Look into a hash-center database, check it, take sources out of it.")

DatabaseArgument = Annotated[Path, typer.Argument(metavar="DB", help="The hash-center database, one HDF5 file.")]


@app.command()
def info(
    database: DatabaseArgument,
    sources: Annotated[bool, typer.Option("--sources", help="Also list every source.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Say what a database holds: sources, clips, hash centers, code length, weights."""
    from vtl_desktop.services.database import database_info, list_sources

    with plain_errors():
        told: dict[str, Any] = asdict(database_info(database))
        told["path"] = str(told["path"])
        if sources:
            told["source_list"] = [asdict(source) for source in list_sources(database)]
        if as_json:
            answer(json.dumps(told, ensure_ascii=False))
            return
        for key, value in told.items():
            if key != "source_list":
                answer(f"{key.replace('_', ' '):18} {value}")
        for source in told.get("source_list", []):
            answer(f"{source['id']:6}  {source['sha256'][:12]}  {source['duration']:9.2f} s  {source['path']}")


@app.command()
def verify(database: DatabaseArgument, as_json: options.AsJson = False) -> None:
    """Check a database through and through; exit status 4 when something is wrong."""
    from vtl_desktop.services.database import database_problems

    with plain_errors():
        with progress_bar() as progress:
            problems = database_problems(database, progress=progress)
        if as_json:
            answer(json.dumps({"database": str(database), "problems": problems}, ensure_ascii=False))
        elif problems:
            for problem in problems:
                say(problem)
        else:
            answer(f"{database}: whole")
        raise typer.Exit(DATABASE_UNUSABLE if problems else 0)


@app.command()
def remove(
    database: DatabaseArgument,
    names: Annotated[list[str], typer.Argument(metavar="SOURCE...", help="File name, path, or start of the SHA-256.")],
) -> None:
    """Take sources out of a database."""
    from vtl_desktop.services.database import remove_sources

    with plain_errors():
        for source in remove_sources(database, names):
            answer(f"Removed {source.name}  {source.sha256[:12]}")


@app.command()
def export(
    database: DatabaseArgument,
    out: Annotated[Path, typer.Option(metavar="SOURCES.csv", help="Where to write the table.")],
) -> None:
    """Write the table of sources as CSV."""
    from vtl_desktop.core.errors import StorageFull
    from vtl_desktop.services.database import list_sources

    with plain_errors():
        rows = [asdict(source) for source in list_sources(database)]
        try:
            with out.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]) if rows else ["id"])
                writer.writeheader()
                writer.writerows(rows)
        except OSError as error:
            raise StorageFull(f"{out} cannot be written: {error.strerror}.", "Choose another folder.") from error
        answer(f"{len(rows)} sources: {out}")
