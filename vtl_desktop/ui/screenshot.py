"""Pictures of the window on a real case, made without a screen: for the demonstration and for the README.

python -m vtl_desktop.ui.screenshot SUSPECT DATABASE OUT.png          the comparison with its mask
python -m vtl_desktop.ui.screenshot SUSPECT DATABASE FOLDER --steps   one picture of every step
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from vtl_desktop.services.workbench import Workbench
from vtl_desktop.ui.app import make_application
from vtl_desktop.ui.main_window import MainWindow
from vtl_desktop.ui.playback.picture_view import MaskMode
from vtl_desktop.ui.regions.surveyor import Stage
from vtl_desktop.ui.settings.settings import SettingsStore
from vtl_desktop.ui.theme import apply_theme

_PATIENCE = 240.0
"""Seconds to wait for any one step."""

_SIZE = (1440, 900)


class Photographer:
    """Drives a window as an analyst would, and takes its picture."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def wait(self, milliseconds: int) -> None:
        """Lets the window live for a while."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def until(self, done: Callable[[], bool], what: str) -> None:
        """Lets the window live until something is so.

        Raises:
            TimeoutError: it does not become so.
        """
        end = time.monotonic() + _PATIENCE
        while not done():
            if time.monotonic() > end:
                raise TimeoutError(f"the window did not get to: {what}")
            self.wait(30)

    def take(self, path: Path) -> None:
        """Writes the window's picture once it has settled."""
        self.wait(400)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self._window.grab().save(str(path)):
            raise OSError(f"{path} cannot be written")

    def trace(self, suspect: Path, database: Path) -> None:
        """Opens a database and a suspect; tracing starts by itself."""
        window = self._window
        window.keeper.open(database)
        self.until(lambda: window.session.database is not None, "database open")
        window.open_paths([suspect])
        self.until(lambda: window.session.exhibit is not None, "exhibit taken in")
        self.until(lambda: window.session.trace is not None, "traced")

    def compare(self) -> None:
        """Shows the best candidate beside the suspect, with its mask, at the first changed region if there is one."""
        window = self._window
        trace = window.session.trace
        if trace is None or not trace.candidates:
            return
        window.choose_candidate(trace.candidates[0])
        comparing = window.compare_page.comparison
        self.until(lambda: comparing.comparison.shown is not None, "pair of frames shown")
        comparing.mask_bar.set_mode(MaskMode.OVER)
        surveyor = window.compare_page.surveyor
        self.until(lambda: surveyor.stage is not Stage.RUNNING, "all frames examined")
        found = window.session.survey_for(trace.candidates[0])
        if found is not None and found.regions:
            comparing.go_to_region(found.regions[0])
        self.wait(5000)


def main(arguments: list[str] | None = None) -> int:
    """The command; see the module."""
    parser = argparse.ArgumentParser(prog="vtl_desktop.ui.screenshot", description=__doc__)
    parser.add_argument("suspect", type=Path)
    parser.add_argument("database", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", action="store_true", help="a picture of every step, into the folder OUT")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    asked = parser.parse_args(arguments)
    application = make_application()
    apply_theme(application, asked.theme)
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Workbench(), SettingsStore(Path(folder) / "settings.ini"))
        window.resize(*_SIZE)
        window.show()
        camera = Photographer(window)
        if asked.steps:
            camera.take(asked.out / "1-case.png")
        camera.trace(asked.suspect.absolute(), asked.database.absolute())
        if asked.steps:
            window.show_step(1)
            camera.wait(2500)
            camera.take(asked.out / "2-trace.png")
        camera.compare()
        camera.take(asked.out / "3-compare.png" if asked.steps else asked.out)
        if asked.steps:
            window.show_step(3)
            camera.take(asked.out / "4-report.png")
        window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
