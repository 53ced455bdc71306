"""The status bar: what is being done, the evidence's digest, the database, the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QStatusBar, QWidget

from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.tracing import TraceResult
from vtl_desktop.ui import words
from vtl_desktop.ui.icons import pixmap
from vtl_desktop.ui.jobs import JobBoard
from vtl_desktop.ui.session import Session
from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.widgets import ElidedLabel, icon_button, label

if TYPE_CHECKING:
    from vtl_desktop.storage.hash_center_database import DatabaseInfo

_DEVICES = {"auto": "device chosen at the first trace", "cpu": "CPU", "cuda": "graphics card"}


class StatusBar(QStatusBar):
    """Follows the session and the job board."""

    def __init__(self, session: Session, board: JobBoard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self.setSizeGripEnabled(True)
        self.job = ElidedLabel()
        self.job.setAccessibleName("What is being done")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(140)
        self.progress.setAccessibleName("Progress of the job")
        self.cancel_button = icon_button("close", "Cancel this job", board.cancel_latest)
        jobs = QWidget()
        row = QHBoxLayout(jobs)
        row.setContentsMargins(10, 2, 4, 2)
        row.setSpacing(8)
        for widget in (self.progress, self.job, self.cancel_button):
            row.addWidget(widget)
        row.setStretch(1, 1)
        self.addWidget(jobs, 1)
        self.evidence = self._add("lock")
        self.database = self._add("database")
        self.device = self._add("settings")
        session.exhibitChanged.connect(self._show_exhibit)
        session.databaseChanged.connect(self._show_database)
        session.traceChanged.connect(self._show_trace)
        board.changed.connect(self._show_jobs)
        self._show_exhibit(None)
        self._show_database(None)
        self._show_jobs()

    def show_device(self, device: str) -> None:
        """The device that the settings ask for."""
        self.device.setText(_DEVICES.get(device, device))

    def _add(self, picture: str) -> QLabel:
        holder = QFrame()
        row = QHBoxLayout(holder)
        row.setContentsMargins(10, 2, 6, 2)
        row.setSpacing(6)
        drawn = QLabel()
        drawn.setPixmap(pixmap(picture, colours_of(self).muted, 15))
        text = label()
        row.addWidget(drawn)
        row.addWidget(text)
        self.addPermanentWidget(holder)
        return text

    def _show_exhibit(self, exhibit: Exhibit | None) -> None:
        if exhibit is None:
            self.evidence.setText("no suspect")
            self.evidence.setToolTip("")
        else:
            self.evidence.setText(f"read-only, SHA-256 {words.short_digest(exhibit.sha256)}")
            self.evidence.setToolTip(f"{exhibit.path}\nSHA-256 {exhibit.sha256}\ntaken {exhibit.hashed_at}")

    def _show_database(self, info: DatabaseInfo | None) -> None:
        if info is None:
            self.database.setText("no database")
            self.database.setToolTip("")
        else:
            name = str(info.path).replace("\\", "/").rsplit("/", 1)[-1]
            self.database.setText(f"{name}, {words.plural(info.sources, 'source')}")
            self.database.setToolTip(str(info.path))

    def _show_trace(self, trace: TraceResult | None) -> None:
        if trace is not None:
            self.device.setText(trace.device)

    def _show_jobs(self) -> None:
        jobs = self._board.jobs
        for widget in (self.progress, self.cancel_button):
            widget.setVisible(bool(jobs))
        if not jobs:
            self.job.setText("Offline: nothing leaves this machine")
            return
        job = jobs[-1]
        more = f"   (+{len(jobs) - 1})" if len(jobs) > 1 else ""
        self.progress.setValue(round(job.fraction * 1000))
        self.job.setText(f"{job.title}  {job.fraction:.0%}{more}")
        self.job.setToolTip("\n".join(f"{each.title}: {each.message}" for each in jobs))
