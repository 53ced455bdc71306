"""Opening databases into the session, and remembering the last one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from vtl_desktop.ui.jobs import JobBoard
from vtl_desktop.ui.session import MayDiscard, Session
from vtl_desktop.ui.settings.settings import SettingsStore

if TYPE_CHECKING:
    from vtl_desktop.services.workbench import Workbench
    from vtl_desktop.storage.hash_center_database import DatabaseInfo


class DatabaseKeeper(QObject):
    """Reads what a database holds, off the GUI thread, and makes it the session's."""

    opening = Signal(Path)
    refused = Signal(Path)
    """It could not be used; the session keeps the database it had."""

    def __init__(
        self,
        session: Session,
        board: JobBoard,
        workbench: Workbench,
        store: SettingsStore,
        may_discard: MayDiscard,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._board = board
        self._workbench = workbench
        self._store = store
        self._may_discard = may_discard

    def open(self, path: Path) -> None:
        """Opens a database in place of the one there is; the newest wish wins."""
        current = self._session.database_path
        if current is not None and current != path and self._session.trace is not None and not self._may_discard():
            return
        self.opening.emit(path)
        task = self._board.ask(self._workbench.database_info, path, lane="database", latest_wins=True)
        task.finished.connect(self._opened)
        task.failed.connect(lambda _error: self.refused.emit(path))

    def open_remembered(self) -> None:
        """At the start: the default database, or the one used last. One that has gone is no error then."""
        path = self._store.load().default_database or self._store.last_database
        if path and Path(path).is_file():
            self.open(Path(path))

    def _opened(self, info: DatabaseInfo) -> None:
        self._store.last_database = str(info.path)
        self._session.set_database(info)
