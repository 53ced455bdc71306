"""The database: what it holds, how to choose another, how to build one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from vtl_desktop.ui import words
from vtl_desktop.ui.widgets import Card, ElidedLabel, FactsTable, button, heading, label

if TYPE_CHECKING:
    from vtl_desktop.storage.hash_center_database import DatabaseInfo


class DatabaseCard(Card):
    """Shows the database of authentic videos, or asks for one."""

    def __init__(
        self,
        choose: Callable[[], object],
        build: Callable[[], object],
        open_recent: Callable[[Path], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Database of authentic videos", parent)
        self._open_recent = open_recent
        self.name = heading("", 1.15)
        self.folder = ElidedLabel()
        self.folder.setProperty("role", "muted")
        self.words = label(wrap=True)
        self._facts = FactsTable()
        self.choose_button = button(
            "Choose a database…", choose, picture="database", tip="Open a hash-center database (.h5)"
        )
        self.build_button = button(
            "Build one from videos…", build, picture="add", tip="Enroll folders or files of authentic videos"
        )
        self.recent_button = button("Recent", lambda: None, tip="Databases used lately")
        self._recent = QMenu(self.recent_button)
        self.recent_button.setMenu(self._recent)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for widget in (self.choose_button, self.build_button, self.recent_button):
            buttons.addWidget(widget)
        buttons.addStretch(1)
        for widget in (self.name, self.folder, self.words, self._facts):
            self.column.addWidget(widget)
        self.column.addLayout(buttons)
        self.show_database(None)
        self.show_recent(())

    def show_database(self, info: DatabaseInfo | None) -> None:
        """What a database holds; None asks for one."""
        for widget in (self.name, self.folder, self._facts):
            widget.setVisible(info is not None)
        self.build_button.setText("Add videos…" if info is not None else "Build one from videos…")
        if info is None:
            self._say(
                "A suspect is traced to the authentic videos enrolled in a database. "
                "Choose one, or build one from a folder of videos."
            )
            return
        path = Path(info.path)
        self.name.setText(path.name)
        self.folder.setText(str(path.parent))
        self._say("" if info.sources else "It holds no source yet. Add videos before tracing.", role="warningText")
        clips = f"{words.plural(info.clips, 'clip')} of {info.bits} bits"
        self._facts.show_rows(
            (
                ("Holds", f"{words.plural(info.sources, 'source')}, {words.clock(info.seconds_of_video)} of video"),
                ("Codes", ", ".join((clips, words.plural(info.centers, "hash center")))),
                ("Weights", words.short_digest(info.weights_sha256)),
                ("Since", info.created_at.replace("T", " ")),
            )
        )

    def show_opening(self, path: Path) -> None:
        self._say(f"Opening {path.name} …")

    def show_recent(self, paths: tuple[str, ...]) -> None:
        """The databases to offer again."""
        self._recent.clear()
        for path in paths:
            self._recent.addAction(path, lambda path=path: self._open_recent(Path(path)))
        self.recent_button.setVisible(bool(paths))

    def _say(self, text: str, role: str = "muted") -> None:
        self.words.setText(text)
        self.words.setProperty("role", role)
        self.words.style().unpolish(self.words)
        self.words.style().polish(self.words)
        self.words.setVisible(bool(text))
