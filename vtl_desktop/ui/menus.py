"""The menus of the main window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu, QMessageBox

from vtl_desktop import __version__
from vtl_desktop.ui.actions import SEPARATOR, Entry, ShortcutsDialog, add_menu

if TYPE_CHECKING:
    from vtl_desktop.ui.main_window import MainWindow


def build_menus(window: MainWindow) -> QMenu:
    """Every action the window has, with its shortcut; returns the menu of the comparison."""
    _add_files_and_steps(window)
    compare = _add_tracing_and_comparing(window)
    _add_finding_and_help(window)
    return compare


def _add_files_and_steps(window: MainWindow) -> None:
    add_menu(
        window,
        "&File",
        (
            Entry("&Open a suspect…", window.opening.ask_suspect, "Ctrl+O"),
            Entry("Open a &case…", window.opening.ask_case, "Ctrl+Shift+O"),
            SEPARATOR,
            Entry("Choose a &database…", window.opening.ask_database, "Ctrl+D"),
            Entry("&Build a database, add videos…", window.build_database, "Ctrl+B"),
            SEPARATOR,
            Entry("&Settings…", window.change_settings, "Ctrl+,"),
            Entry("&Quit", window.close, "Ctrl+Q"),
        ),
    )
    add_menu(
        window,
        "&Steps",
        tuple(
            Entry(name, lambda number=number: window.show_step(number), f"Ctrl+{number + 1}")
            for number, name in enumerate(("&Case", "&Trace", "C&ompare", "&Report"))
        ),
    )


def _add_tracing_and_comparing(window: MainWindow) -> QMenu:
    add_menu(
        window,
        "&Trace",
        (
            Entry("&Trace again", window.tracer.trace_again, "Ctrl+T"),
            Entry("&Previous candidate", lambda: window.compare_page.move_candidate(-1), "Ctrl+PgUp"),
            Entry("&Next candidate", lambda: window.compare_page.move_candidate(1), "Ctrl+PgDown"),
            SEPARATOR,
            Entry("&Cancel what is being done", window.board.cancel_latest, "Esc"),
        ),
    )
    compare = add_menu(window, "&Compare", (Entry("&Locate the source's file…", window.compare_page.locate), SEPARATOR))
    compare.addActions(window.compare_page.comparison.actions())
    return compare


def _add_finding_and_help(window: MainWindow) -> None:
    add_menu(
        window,
        "F&inding",
        (
            Entry("&Save the finding", window.compare_page.save_finding, "Ctrl+Return"),
            Entry("Finding on the &suspect as a whole…", window.conclude_on_suspect),
            SEPARATOR,
            Entry("&Write the evidence report", window.write_report, "Ctrl+E"),
        ),
    )
    add_menu(window, "&View", (Entry("&Reset the layout", window.reset_layout),))
    add_menu(
        window,
        "&Help",
        (
            Entry("&Keyboard shortcuts", lambda: ShortcutsDialog(window).exec(), "F1"),
            Entry("&About VTL Desktop", lambda: _about(window)),
        ),
    )


def _about(window: MainWindow) -> None:
    QMessageBox.about(
        window,
        "About VTL Desktop",
        f"VTL Desktop {__version__}\n\nTraces a suspect video to its source, lays both side by side, marks what was "
        "changed, and reports it. Everything runs on this machine; evidence is opened read-only.",
    )
