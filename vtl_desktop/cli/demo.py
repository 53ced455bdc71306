"""`vtl-desktop demo`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from vtl_desktop.cli.terminal import FAILED, answer, plain_errors, progress_bar, say


def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for everything the demo makes.")] = Path("demo-out"),
    sources: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Use these real videos as sources instead of rendered ones.")
    ] = None,
    suspect: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Trace this real video instead of the forged one.")
    ] = None,
    window: Annotated[bool, typer.Option(help="Open the window on the case where there is a display.")] = True,
) -> None:
    """See the whole straight line on a small example, in about a minute.

    Renders a dozen sources, enrolls them, forges a suspect from one (cut out, mirrored, an object spliced in,
    re-encoded), traces it, checks source, moment and mask against the truth, writes the report and a screenshot.
    """
    from vtl_desktop.services.demonstration.demo import run_demo

    with plain_errors():
        with progress_bar() as progress:
            result = run_demo(out, sources=sources, suspect=suspect, progress=progress)
        for line in result.lines:
            answer(line)
        screenshot = _screenshot(out, result.suspect, result.database)
        if screenshot is not None:
            answer(f"Screenshot  {screenshot}")
        if not result.passed:
            say("The demo found something other than the truth: see above.")
            raise typer.Exit(FAILED)
        if window and has_display():
            from vtl_desktop.cli.window import open_window

            raise typer.Exit(open_window([result.suspect], database=result.database))


def has_display() -> bool:
    """Whether a window can be shown to somebody."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _screenshot(out: Path, suspect: Path, database: Path) -> Path | None:
    """A picture of the window on the demo's case, made offscreen in a process of its own."""
    import subprocess

    target = out / "window.png"
    command = [sys.executable, "-m", "vtl_desktop.ui.screenshot", str(suspect), str(database), str(target)]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        say(f"No screenshot: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'the window failed'}")
        return None
    return target
