"""The report that was written: where it lies, its SHA-256, opening it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from vtl_desktop.ui.icons import pixmap
from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.widgets import Card, button, heading, label, monospace

if TYPE_CHECKING:
    from vtl_desktop.services.report import ReportWritten


class ResultCard(Card):
    """Hidden until a report was written."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent, role="good")
        self._pdf = ""
        self._sha256 = ""
        title = QHBoxLayout()
        mark = QLabel()
        mark.setPixmap(pixmap("done", colours_of(self).good, 26))
        title.addWidget(mark)
        title.addWidget(heading("Report written", 1.2), 1)
        self.path = label(select=True, wrap=True)
        self.path.setAccessibleName("Path of the report")
        self.also = label(role="muted", wrap=True, select=True)
        self.digest = label(select=True, wrap=True)
        monospace(self.digest)
        self.open_button = button("Open the report", self._open, picture="open")
        self.folder_button = button("Show the folder", self._open_folder, picture="folder")
        self.copy_button = button("Copy the SHA-256", self._copy, picture="copy")
        buttons = QHBoxLayout()
        for widget in (self.open_button, self.folder_button, self.copy_button):
            buttons.addWidget(widget)
        buttons.addStretch(1)
        self.column.addLayout(title)
        for widget in (self.path, self.also, label("SHA-256 of the PDF", role="muted"), self.digest):
            self.column.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(buttons)
        self.hide()

    def show_written(self, written: ReportWritten) -> None:
        """What was written, and where."""
        self._pdf, self._sha256 = str(written.pdf), written.pdf_sha256
        self.path.setText(self._pdf)
        self.also.setText(f"The same content as JSON: {written.json.name}. The case file lies beside it.")
        self.digest.setText("\u200b".join(self._sha256[i : i + 8] for i in range(0, len(self._sha256), 8)))
        self.digest.setAccessibleName(f"SHA-256 {self._sha256}")
        self.show()

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._pdf))

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._pdf.replace("\\", "/").rpartition("/")[0]))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._sha256)
