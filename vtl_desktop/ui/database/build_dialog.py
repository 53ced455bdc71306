"""Building a database: which videos, which file, how far, what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vtl_desktop.core.tracing import Source
from vtl_desktop.ui import words
from vtl_desktop.ui.asking import Asker
from vtl_desktop.ui.database.enrolling import Enrolling
from vtl_desktop.ui.widgets import ElidedLabel, button, heading, label, set_role

if TYPE_CHECKING:
    from vtl_desktop.services.enroll import EnrollResult


class BuildDialog(QDialog):
    """Stays open beside the window; closing it leaves a run under way in the status bar."""

    databaseReady = Signal(Path)
    """A run has ended and there is something in the database."""

    def __init__(self, enrolling: Enrolling, asker: Asker, device: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Build a database")
        self.resize(680, 620)
        self.setAcceptDrops(True)
        self._enrolling = enrolling
        self._asker = asker
        self.device = device
        self._count = 0
        self._database: Path | None = None
        self.paths = QListWidget()
        self.paths.setAccessibleName("Folders and files to enroll")
        self.paths.setAlternatingRowColors(True)
        self.database = QLineEdit()
        self.database.setAccessibleName("Database file")
        self.database.setPlaceholderText("where the database is written, e.g. archive.h5")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Enrolling")
        self.step = ElidedLabel()
        self.step.setProperty("role", "muted")
        self.left = label(role="muted")
        self.outcome = label(wrap=True, select=True)
        self.failures = QTreeWidget()
        self.failures.setHeaderLabels(["Skipped file", "Why"])
        self.failures.setRootIsDecorated(False)
        self.failures.setAccessibleName("Files that could not be enrolled")
        self.add_folder = button("Add a folder…", self._ask_folder, picture="folder")
        self.add_files = button("Add files…", self._ask_files, picture="film")
        self.remove = button("Remove", self._remove)
        self.browse = button("Browse…", self._ask_database)
        self.copy = button("Copy the list", self._copy_failures, picture="copy")
        self.start_button = button("Start", self.start, role="primary")
        self.cancel_button = button(
            "Cancel", enrolling.cancel, tip="What is enrolled stays; a later run goes on from there"
        )
        self.close_button = button("Close", self.close)
        self._lay_out()
        self.paths.model().rowsInserted.connect(self._refresh)
        self.paths.model().rowsRemoved.connect(self._refresh)
        self.database.textChanged.connect(self._refresh)
        enrolling.started.connect(self._refresh)
        enrolling.progressed.connect(self._show_progress)
        enrolling.sourceEnrolled.connect(self._show_source)
        enrolling.finished.connect(self._show_result)
        enrolling.stopped.connect(self._show_stopped)
        enrolling.failed.connect(self._show_failed)
        self._show_outcome("")
        self._refresh()

    def prefill(self, database: Path | None, paths: list[Path]) -> None:
        """Sets where to write and what to enroll, unless a run is under way."""
        if self._enrolling.running:
            return
        if database is not None:
            self.database.setText(str(database))
        self.add_paths(paths)

    def add_paths(self, paths: list[Path]) -> None:
        """Adds folders and files; each once."""
        known = {self.paths.item(row).text() for row in range(self.paths.count())}
        self.paths.addItems([str(path) for path in paths if str(path) not in known])
        if paths and not self.database.text():
            folder = paths[0] if paths[0].is_dir() else paths[0].parent
            self.database.setText(str(folder.parent / f"{folder.name or 'archive'}.h5"))

    def start(self) -> None:
        """Starts enrolling what is listed."""
        self._count = 0
        self._database = Path(self.database.text().strip()).expanduser()
        self._show_outcome("")
        self._show_progress(0.0, "Looking for videos", -1.0)
        chosen = [Path(self.paths.item(row).text()) for row in range(self.paths.count())]
        self._enrolling.start(chosen, self._database, self.device)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and not self._enrolling.running:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.add_paths([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.hide()
        event.accept()

    def _lay_out(self) -> None:
        beside = QVBoxLayout()
        for widget in (self.add_folder, self.add_files, self.remove):
            beside.addWidget(widget)
        beside.addStretch(1)
        what = QHBoxLayout()
        what.addWidget(self.paths, 1)
        what.addLayout(beside)
        where = QHBoxLayout()
        where.addWidget(self.database, 1)
        where.addWidget(self.browse)
        status = QHBoxLayout()
        status.addWidget(self.step, 1)
        status.addWidget(self.left)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        for widget in (self.cancel_button, self.close_button, self.start_button):
            buttons.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addWidget(heading("Authentic videos", 1.1))
        column.addWidget(
            label(
                "Folders are searched with everything below them. Files are only read, never changed or copied.",
                role="muted",
                wrap=True,
            )
        )
        column.addLayout(what, 2)
        column.addWidget(heading("Database file", 1.1))
        column.addWidget(
            label("A file that exists is added to: what it holds already is skipped.", role="muted", wrap=True)
        )
        column.addLayout(where)
        column.addWidget(self.progress)
        column.addLayout(status)
        column.addWidget(self.outcome)
        column.addWidget(self.failures, 2)
        column.addLayout(buttons)

    def _refresh(self, *_: object) -> None:
        running = self._enrolling.running
        for widget in (self.paths, self.database, self.add_folder, self.add_files, self.remove, self.browse):
            widget.setEnabled(not running)
        self.start_button.setVisible(not running)
        self.start_button.setEnabled(self.paths.count() > 0 and bool(self.database.text().strip()))
        self.cancel_button.setVisible(running)
        self.progress.setVisible(running)
        self.step.setVisible(running)
        self.left.setVisible(running)
        self.close_button.setText("Close, go on enrolling" if running else "Close")

    def _show_progress(self, fraction: float, message: str, left: float) -> None:
        self.progress.setValue(round(fraction * 1000))
        self.step.setText(message)
        counted = f"{words.plural(self._count, 'source')} enrolled"
        self.left.setText("   ·   ".join(part for part in (counted, words.time_left(left)) if part))

    def _show_source(self, source: Source) -> None:
        self._count += 1

    def _show_result(self, result: EnrollResult) -> None:
        known = f", {words.plural(len(result.known), 'file')} already in the database" if result.known else ""
        failed = f", {words.plural(len(result.failed), 'file')} skipped" if result.failed else ""
        lines = [
            f"{words.plural(len(result.enrolled), 'source')} enrolled{known}{failed}, in {words.clock(result.seconds)}."
        ]
        if not (result.enrolled or result.known or result.failed):
            lines = ["No video was found there. Add a folder that holds video files."]
        self._show_outcome(
            "\n".join([*lines, *result.notes]), "warningText" if result.failed else "goodText", result.failed
        )
        self._end(anything=bool(result.enrolled or result.known))

    def _show_stopped(self) -> None:
        self._show_outcome(
            f"Stopped. {words.plural(self._count, 'source')} of this run stay enrolled; start again to go on.",
            "warningText",
        )
        self._end(anything=self._count > 0)

    def _show_failed(self, error: BaseException) -> None:
        self._show_outcome(f"{error} {words.plural(self._count, 'source')} of this run stay enrolled.", "problemText")
        self._end(anything=self._count > 0)

    def _end(self, *, anything: bool) -> None:
        self._refresh()
        if anything and self._database is not None:
            self.databaseReady.emit(self._database)

    def _show_outcome(self, text: str, role: str = "", failed: tuple[tuple[str, str], ...] = ()) -> None:
        self.outcome.setText(text)
        set_role(self.outcome, role)
        self.outcome.setVisible(bool(text))
        self.failures.clear()
        for path, why in failed:
            item = QTreeWidgetItem([Path(path).name, why])
            item.setToolTip(0, path)
            item.setToolTip(1, why)
            self.failures.addTopLevelItem(item)
        self.failures.resizeColumnToContents(0)
        self.failures.setVisible(bool(failed))
        self.copy.setVisible(bool(failed))

    def _copy_failures(self) -> None:
        rows = [self.failures.topLevelItem(row) for row in range(self.failures.topLevelItemCount())]
        QGuiApplication.clipboard().setText("\n".join(f"{item.toolTip(0)}\t{item.text(1)}" for item in rows if item))

    def _ask_folder(self) -> None:
        folder = self._asker.source_folder()
        if folder is not None:
            self.add_paths([folder])

    def _ask_files(self) -> None:
        self.add_paths(self._asker.source_files())

    def _ask_database(self) -> None:
        chosen = self._asker.new_database(self.database.text() or "archive.h5")
        if chosen is not None:
            self.database.setText(str(chosen))

    def _remove(self) -> None:
        for item in self.paths.selectedItems():
            self.paths.takeItem(self.paths.row(item))
