"""The exhibit: its name, a picture, the digest, the facts, what must not be overlooked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from vtl_desktop.core.case import Exhibit
from vtl_desktop.ui import words
from vtl_desktop.ui.icons import pixmap
from vtl_desktop.ui.pictures import to_pixmap
from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.widgets import (
    Card,
    ChipRow,
    ElidedLabel,
    FactsTable,
    button,
    heading,
    icon_button,
    label,
    monospace,
)

_STAGE = (320, 180)


class ExhibitCard(Card):
    """Shows one exhibit, or how far taking it in is."""

    def __init__(
        self, replace_suspect: Callable[[], object], cancel: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__("Suspect", parent)
        self._digest = ""
        self.replace_button = button(
            "Open another…", replace_suspect, picture="folder", tip="Examine another file instead (Ctrl+O)"
        )
        self.cancel_button = button("Cancel", cancel, tip="Stop taking in this file")
        self.head.addWidget(self.replace_button)
        self.head.addWidget(self.cancel_button)
        self.name = heading("", 1.3)
        self.name.setWordWrap(True)
        self.folder = ElidedLabel()
        self.folder.setProperty("role", "muted")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Taking in the suspect")
        self.step = label(role="muted")
        self.picture = _Stage()
        self._digest_row = self._make_digest_row()
        self._facts = FactsTable()
        self.notes = ChipRow()
        beside = QVBoxLayout()
        beside.setSpacing(8)
        for widget in (self.name, self.folder, self.notes, self._facts):
            beside.addWidget(widget)
        beside.addStretch(1)
        middle = QHBoxLayout()
        middle.setSpacing(18)
        middle.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        middle.addLayout(beside, 1)
        self.column.addLayout(middle)
        self.column.addWidget(self._digest_row)
        self.column.addWidget(self.progress)
        self.column.addWidget(self.step)

    def show_busy(self, path: Path) -> None:
        """A file is being taken in: nothing is known of it yet but where it lies."""
        self._show_name(str(path))
        self.notes.show_notes(())
        self.picture.clear()
        self._facts.show_rows(())
        self._digest_row.hide()
        self.show_progress(0.0, "Computing the SHA-256 before anything else opens the file")
        self._set_busy(True)

    def show_progress(self, fraction: float, message: str) -> None:
        self.progress.setValue(round(fraction * 1000))
        self.step.setText(message)

    def show_exhibit(self, exhibit: Exhibit) -> None:
        """All that is known of an exhibit."""
        self._set_busy(False)
        self._show_name(exhibit.path)
        self._digest = exhibit.sha256
        self._digest_label.setText("\u200b".join(exhibit.sha256[i : i + 8] for i in range(0, 64, 8)))
        self._digest_label.setAccessibleName(f"SHA-256 {exhibit.sha256}")
        self._taken.setText(f"taken {exhibit.hashed_at.replace('T', ' ')}, before anything decoded the file")
        self._digest_row.show()
        self._facts.show_rows(words.facts_rows(exhibit.facts))
        self.notes.show_notes(words.fact_notes(exhibit.facts))

    def show_picture(self, picture: NDArray[np.uint8]) -> None:
        """The exhibit's first frame, RGB uint8 [h, w, 3]."""
        self.picture.show_picture(picture)

    def _set_busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.step.setVisible(busy)
        self.cancel_button.setVisible(busy)
        self.replace_button.setVisible(not busy)

    def _show_name(self, path: str) -> None:
        self.name.setText(words.breakable(Path(path).name))
        self.folder.setText(str(Path(path).parent))

    def _make_digest_row(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        lock = QLabel()
        lock.setPixmap(pixmap("lock", colours_of(self).good, 20))
        lock.setToolTip("Opened read-only")
        self._digest_label = label(wrap=True, select=True)
        monospace(self._digest_label)
        self._taken = label(role="muted")
        text = QVBoxLayout()
        text.setSpacing(1)
        text.addWidget(self._digest_label)
        text.addWidget(self._taken)
        row.addWidget(lock, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label("SHA-256", role="muted"), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(text, 1)
        row.addWidget(icon_button("copy", "Copy the SHA-256", self._copy), 0, Qt.AlignmentFlag.AlignTop)
        return holder

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._digest)


class _Stage(QLabel):
    """The picture on neutral grey, never larger than it is."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(*_STAGE)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAccessibleName("First frame of the suspect")
        self.clear()

    def clear(self) -> None:
        colours = colours_of(self)
        self.setStyleSheet(f"background: {colours.stage}; border-radius: 4px;")
        self.setPixmap(pixmap("film", "#6d7176", 44))

    def show_picture(self, picture: NDArray[np.uint8]) -> None:
        self.setPixmap(to_pixmap(picture, self.size(), self.devicePixelRatioF()))
