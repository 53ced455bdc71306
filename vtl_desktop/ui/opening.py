"""What a path is to the window: a suspect, a case file, a database, or a folder of authentic videos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vtl_desktop.core.errors import UsageError
from vtl_desktop.ui.asking import Asker
from vtl_desktop.ui.exhibit.intake import CASE_ENDING, DATABASE_ENDINGS
from vtl_desktop.ui.session import Session


@dataclass(frozen=True, slots=True)
class Opening:
    """Sends each path to where it belongs."""

    session: Session
    asker: Asker
    suspect: Callable[[Path], object]
    case: Callable[[Path], object]
    database: Callable[[Path], object]
    folders: Callable[[list[Path]], object]

    def ask_suspect(self) -> None:
        """Asks which suspect to open."""
        if (path := self.asker.suspect()) is not None:
            self.suspect(path)

    def ask_case(self) -> None:
        """Asks which case file to open."""
        if (path := self.asker.case()) is not None:
            self.case(path)

    def ask_database(self) -> None:
        """Asks which database to open."""
        if (path := self.asker.database()) is not None:
            self.database(path)

    def open(self, paths: Sequence[Path]) -> None:
        """Opens what was dropped on the window or named on the command line."""
        databases = [path for path in paths if path.suffix.lower() in DATABASE_ENDINGS]
        cases = [path for path in paths if path.suffix.lower() == CASE_ENDING]
        folders = [path for path in paths if path.is_dir()]
        suspects = [path for path in paths if path not in (*databases, *cases, *folders)]
        if len(suspects) + len(cases) > 1:
            self.session.report_problem(
                UsageError(
                    f"{len(suspects) + len(cases)} files were given, but one suspect is examined at a time.",
                    "Open one of them; the command line traces several: vtl-desktop trace.",
                )
            )
            return
        # The database first: the suspect is then traced in it, not in the one that was open before.
        for path in databases[:1]:
            self.database(path)
        if folders:
            self.folders(folders)
        for path in suspects:
            self.suspect(path)
        for path in cases:
            self.case(path)
