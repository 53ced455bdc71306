"""What the commands say and where: progress and errors on stderr, answers on stdout; exit statuses."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from vtl_desktop.core.errors import Cancelled, DatabaseError, MediaError, UsageError, VtlError, WeightsError
from vtl_desktop.core.jobs import Progress

DONE = 0
FAILED = 1
WRONG_USAGE = 2
INPUT_UNREADABLE = 3
DATABASE_UNUSABLE = 4
INTERRUPTED = 130

_LINE_EVERY = 2.0
"""Seconds between progress lines where stderr is no terminal."""


def say(text: str) -> None:
    """One line on stderr."""
    typer.echo(text, err=True)


def answer(text: str) -> None:
    """One line on stdout."""
    typer.echo(text)


@contextmanager
def progress_bar(quiet: bool = False) -> Iterator[Progress]:
    """A progress bar on stderr; plain lines where stderr is no terminal; nothing when quiet."""
    if quiet:
        yield lambda fraction, message: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(24), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
        with Bar(*columns, TextColumn("{task.description}"), console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=1.0)
            yield lambda fraction, message: bar.update(task, completed=fraction, description=message)
    else:
        yield _lines()


def _lines() -> Progress:
    last = [0.0]

    def report(fraction: float, message: str) -> None:
        now = time.monotonic()
        if now - last[0] >= _LINE_EVERY or fraction >= 1.0:
            last[0] = now
            say(f"{fraction:4.0%}  {message}")

    return report


def status_of(error: BaseException) -> int:
    """The exit status that an error stands for."""
    if isinstance(error, UsageError):
        return WRONG_USAGE
    if isinstance(error, MediaError):
        return INPUT_UNREADABLE
    if isinstance(error, DatabaseError | WeightsError):
        return DATABASE_UNUSABLE
    return INTERRUPTED if isinstance(error, Cancelled | KeyboardInterrupt) else FAILED


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns an error into its message, its hint and its exit status."""
    try:
        yield
    except VtlError as error:
        say(f"Error: {error.message}")
        if error.hint:
            say(f"       {error.hint}")
        raise typer.Exit(status_of(error)) from error
    except (Cancelled, KeyboardInterrupt) as error:
        say("Stopped. What was finished before is kept.")
        raise typer.Exit(INTERRUPTED) from error
