"""Step 1: the suspect, the database, whose case it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from vtl_desktop.core.case import Exhibit
from vtl_desktop.ui.case.details_form import DetailsForm
from vtl_desktop.ui.database.database_card import DatabaseCard
from vtl_desktop.ui.database.keeper import DatabaseKeeper
from vtl_desktop.ui.exhibit.drop_area import DropArea
from vtl_desktop.ui.exhibit.exhibit_card import ExhibitCard
from vtl_desktop.ui.exhibit.intake import Intake
from vtl_desktop.ui.jobs import JobBoard
from vtl_desktop.ui.session import Session
from vtl_desktop.ui.tracing.trace_card import TraceCard, TraceWishes
from vtl_desktop.ui.tracing.tracer import Tracer
from vtl_desktop.ui.widgets import Card, Page

if TYPE_CHECKING:
    from vtl_desktop.services.workbench import Workbench


class CasePage(Page):
    """Drop area or exhibit at the left, database and case details at the right."""

    def __init__(
        self,
        session: Session,
        board: JobBoard,
        workbench: Workbench,
        intake: Intake,
        keeper: DatabaseKeeper,
        tracer: Tracer,
        wishes: TraceWishes,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._board = board
        self._workbench = workbench
        self.drop_area = DropArea(wishes.open_suspect)
        self.exhibit_card = ExhibitCard(wishes.open_suspect, intake.cancel)
        self.trace_card = TraceCard(session, tracer, wishes)
        self.database_card = DatabaseCard(wishes.choose_database, wishes.build_database, keeper.open)
        self.details = DetailsForm(session)
        self._exhibit = QStackedWidget()
        self._exhibit.addWidget(self.drop_area)
        self._exhibit.addWidget(self._stacked(self.exhibit_card, self.trace_card))
        details_card = Card("Case")
        details_card.column.addWidget(self.details)
        right = QVBoxLayout()
        right.setSpacing(16)
        right.addWidget(self.database_card)
        right.addWidget(details_card)
        right.addStretch(1)
        side = QWidget()
        side.setLayout(right)
        right.setContentsMargins(0, 0, 0, 0)
        side.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        side.setMinimumWidth(400)
        side.setMaximumWidth(520)
        row = QHBoxLayout(self.body)
        row.setContentsMargins(24, 22, 24, 22)
        row.setSpacing(18)
        row.addWidget(self._exhibit, 3)
        row.addWidget(side, 2)
        intake.started.connect(self._show_busy)
        intake.progressed.connect(self.exhibit_card.show_progress)
        intake.ended.connect(lambda: self._show_exhibit(session.exhibit))
        session.exhibitChanged.connect(self._show_exhibit)
        session.databaseChanged.connect(self.database_card.show_database)
        keeper.opening.connect(self.database_card.show_opening)
        keeper.refused.connect(lambda _path: self.database_card.show_database(session.database))

    def _stacked(self, *cards: QWidget) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        for card in cards:
            column.addWidget(card)
        column.addStretch(1)
        return holder

    def _show_busy(self, path: Path) -> None:
        self.exhibit_card.show_busy(path)
        self.trace_card.hide()
        self._exhibit.setCurrentIndex(1)

    def _show_exhibit(self, exhibit: Exhibit | None) -> None:
        self._exhibit.setCurrentIndex(0 if exhibit is None else 1)
        if exhibit is None:
            return
        self.exhibit_card.show_exhibit(exhibit)
        self.trace_card.show()
        task = self._board.ask(self._first_picture, exhibit, lane="poster", latest_wins=True, tell_failure=False)
        task.finished.connect(self.exhibit_card.show_picture)

    def _first_picture(self, exhibit: Exhibit) -> object:
        with self._workbench.open_video(Path(exhibit.path)) as video:
            return video.frame(0).picture
