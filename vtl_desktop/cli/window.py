"""The window: `vtl-desktop` alone, or with a case file or a suspect."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from vtl_desktop.cli.terminal import FAILED, say, status_of
from vtl_desktop.core.errors import UsageError


def open_window(paths: list[Path], *, database: Path | None = None) -> int:
    """Opens the window on the given files and returns the exit status when it closes."""
    try:
        from vtl_desktop.ui.app import run
    except ImportError as error:
        say(f"Error: the window cannot be opened: {error}")
        say(
            "       On Debian and Ubuntu: apt-get install libglib2.0-0 libegl1 libgl1 libdbus-1-3 libfontconfig1 "
            "libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
        )
        return FAILED
    try:
        status = run(paths, database=database)
    except UsageError as error:
        say(f"Error: {error.message}")
        say(f"       {error.hint}")
        return status_of(error)
    if threading.active_count() > 1:
        # A thread deep in a codec or a network cannot be stopped, and tearing Python down under it aborts the process.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status
