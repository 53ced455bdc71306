"""The program with a window: style, the window, what happens to errors nobody caught, Ctrl+C."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import PySide6
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from vtl_desktop import __version__
from vtl_desktop.core.errors import UsageError
from vtl_desktop.ui.exhibit.intake import DATABASE_ENDINGS
from vtl_desktop.ui.icons import application_icon
from vtl_desktop.ui.main_window import MainWindow
from vtl_desktop.ui.settings.settings import SettingsStore
from vtl_desktop.ui.tasks import Mailbox, keep_details
from vtl_desktop.ui.theme import apply_theme

if TYPE_CHECKING:
    from vtl_desktop.services.workbench import Workbench

_log = logging.getLogger(__name__)

_SIGNAL_POLL_MS = 250
"""Python looks at signals only while it runs; the event loop of Qt does not let it, a timer does."""


def refuse_broken_binding(python: tuple[int, int], pyside: str) -> None:
    """Refuses a combination that aborts within seconds of playback.

    PySide6 6.12.0 on Python 3.10 and 3.11 loses a reference to None in every call that returns nothing.

    Raises:
        UsageError: the combination is that one.
    """
    if pyside == "6.12.0" and python < (3, 12):
        raise UsageError(
            f"PySide6 {pyside} on Python {python[0]}.{python[1]} aborts within seconds of playback.",
            'Install another version, pip install "PySide6-Essentials!=6.12.0", or run Python 3.12 or newer.',
        )


def refuse_without_display(environment: Mapping[str, str], platform: str = sys.platform) -> None:
    """Refuses to start where Qt would abort the process for want of a display.

    Raises:
        UsageError: no display, and no platform plug-in named that could do without.
    """
    named = any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if platform.startswith("linux") and not named:
        raise UsageError(
            "There is no display to open a window on.",
            "Start it in a graphical session, over ssh -X, or under xvfb-run; the commands need no display.",
        )


def run(
    argv_paths: Sequence[Path] = (),
    *,
    database: Path | None = None,
    workbench: Workbench | None = None,
    show: bool = True,
) -> int:
    """Opens the window and stays until it is closed.

    Args:
        argv_paths: suspect, case file, database or folder to open.
        database: opened instead of the one used last.
        workbench: the services; tests hand in another.
        show: False opens nothing on the screen and returns at once, with everything built and closed again.

    Returns:
        The exit status.

    Raises:
        UsageError: see `refuse_broken_binding` and `refuse_without_display`.
    """
    refuse_broken_binding(sys.version_info[:2], PySide6.__version__)
    refuse_without_display(os.environ)
    application = make_application()
    store = SettingsStore()
    apply_theme(application, store.load().theme)
    window = MainWindow(workbench if workbench is not None else _services(), store)
    restore_hooks = install_error_hooks(window)
    try:
        if not show:
            window.close()
            return 0
        window.show()
        # After the first paint: reading files must not keep the window from appearing.
        QTimer.singleShot(0, window, lambda: _open_first(window, list(argv_paths), database))
        with _Interruptible(window):
            return application.exec()
    finally:
        restore_hooks()


def make_application() -> QApplication:
    """The one application object: the existing one, or a new one with the program's names."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("vtl-desktop")
    application.setApplicationDisplayName("VTL Desktop")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("vtl-desktop")
    application.setWindowIcon(application_icon())
    return application


def install_error_hooks(window: MainWindow) -> Callable[[], None]:
    """Sends errors that nobody caught, in any thread, to the window's banner and its dialog.

    Returns:
        What puts the earlier hooks back.
    """
    mailbox = Mailbox(window)
    before, before_thread = sys.excepthook, threading.excepthook

    def tell(error: BaseException) -> None:
        window.banner.add(error)
        window.banner.show_details()

    def caught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window.close()
            return
        _log.error("An error nobody caught", exc_info=(kind, error, trace))
        keep_details(error.with_traceback(trace))
        mailbox.post(lambda: tell(error))

    def caught_in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            caught(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = caught
    threading.excepthook = caught_in_thread

    def restore() -> None:
        sys.excepthook, threading.excepthook = before, before_thread

    return restore


def _services() -> Workbench:
    from vtl_desktop.services.workbench import Workbench

    return Workbench()


def _open_first(window: MainWindow, paths: list[Path], database: Path | None) -> None:
    if database is not None:
        window.keeper.open(database)
    elif not any(path.suffix.lower() in DATABASE_ENDINGS for path in paths):
        window.keeper.open_remembered()
    window.open_paths(paths)


class _Interruptible:
    """Ctrl+C in the terminal closes the window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._timer = QTimer(window)
        self._timer.setInterval(_SIGNAL_POLL_MS)
        self._timer.timeout.connect(_let_python_run)

    def __enter__(self) -> None:
        self._timer.start()
        self._before = signal.signal(signal.SIGINT, lambda *_: self._window.close())

    def __exit__(self, *_: object) -> None:
        self._timer.stop()
        signal.signal(signal.SIGINT, self._before)


def _let_python_run() -> None:
    """Does nothing: that Python code runs at all lets it handle signals."""
