"""Everything that asks the user in a dialog of its own, in one object, so that tests can answer in its place."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from vtl_desktop.ui.settings.settings import SettingsStore

_ENDINGS = "mp4 mov m4v mkv webm avi mpg mpeg ts mts m2ts wmv flv 3gp ogv gif jpg jpeg png bmp webp tif tiff"
_VIDEOS = f"Videos and pictures ({' '.join(f'*.{ending}' for ending in _ENDINGS.split())})"
_ANY = "All files (*)"
_DATABASES = "Hash-center databases (*.h5 *.hdf5)"
_CASES = "Case files (*.vtlcase)"


class Asker:
    """File dialogs and questions. Each returns None (or False) when the user thinks better of it."""

    def __init__(self, parent: QWidget, store: SettingsStore) -> None:
        self._parent = parent
        self._store = store

    def suspect(self) -> Path | None:
        """A file to examine."""
        return self._open("suspect", "Open a suspect", f"{_VIDEOS};;{_ANY}")

    def case(self) -> Path | None:
        """A case file to open."""
        return self._open("case", "Open a case", f"{_CASES};;{_ANY}")

    def database(self) -> Path | None:
        """A database that exists."""
        return self._open("database", "Choose a database", f"{_DATABASES};;{_ANY}")

    def new_database(self, suggestion: str = "archive.h5") -> Path | None:
        """A database file to write to; it may exist, and is then added to."""
        start = str(Path(self._store.folder("database") or Path.home()) / Path(suggestion).name)
        path, _ = QFileDialog.getSaveFileName(
            self._parent, "Database file", start, _DATABASES, options=QFileDialog.Option.DontConfirmOverwrite
        )
        return self._keep("database", path)

    def source_folder(self) -> Path | None:
        """A folder of authentic videos."""
        path = QFileDialog.getExistingDirectory(
            self._parent, "A folder of authentic videos", self._store.folder("sources")
        )
        return self._keep("sources", path)

    def source_files(self) -> list[Path]:
        """Authentic videos, one by one."""
        paths, _ = QFileDialog.getOpenFileNames(
            self._parent, "Authentic videos", self._store.folder("sources"), f"{_VIDEOS};;{_ANY}"
        )
        if paths:
            self._store.remember_folder("sources", paths[0])
        return [Path(path) for path in paths]

    def moved_source(self, name: str) -> Path | None:
        """Where a source file lies now."""
        return self._open("sources", f"Where is {name} now?", f"{_VIDEOS};;{_ANY}")

    def report(self, suggestion: Path) -> Path | None:
        """The PDF to write."""
        path, _ = QFileDialog.getSaveFileName(self._parent, "Evidence report", str(suggestion), "PDF (*.pdf)")
        return self._keep("report", path if not path or path.lower().endswith(".pdf") else f"{path}.pdf")

    def report_folder(self) -> Path:
        """Where the last report went; never beside the evidence by itself: that may be a sealed medium."""
        return Path(self._store.folder("report") or Path.home())

    def masks(self, suggestion: str) -> Path | None:
        """The video to write masks to."""
        start = str(Path(self._store.folder("report") or Path.home()) / suggestion)
        path, _ = QFileDialog.getSaveFileName(self._parent, "Masks of all frames", start, "Matroska video (*.mkv)")
        return self._keep("report", path if not path or path.lower().endswith(".mkv") else f"{path}.mkv")

    def confirm(self, title: str, text: str, yes: str, no: str = "Cancel") -> bool:
        """A question with two answers, the harmless one chosen beforehand."""
        box = QMessageBox(QMessageBox.Icon.Question, title, text, parent=self._parent)
        go_on = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        back = box.addButton(no, QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(back)
        box.exec()
        return box.clickedButton() is go_on

    def _open(self, purpose: str, title: str, kinds: str) -> Path | None:
        path, _ = QFileDialog.getOpenFileName(self._parent, title, self._store.folder(purpose), kinds)
        return self._keep(purpose, path)

    def _keep(self, purpose: str, path: str) -> Path | None:
        if not path:
            return None
        self._store.remember_folder(purpose, path)
        return Path(path)
