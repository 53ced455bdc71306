"""Step 3: the candidates at the left, suspect and source side by side, the finding at the right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import Candidate, Source
from vtl_desktop.ui import words
from vtl_desktop.ui.asking import Asker
from vtl_desktop.ui.case.finding_form import FindingForm
from vtl_desktop.ui.comparing.compare_view import CompareView
from vtl_desktop.ui.jobs import JobBoard
from vtl_desktop.ui.regions.surveyor import Subject, Surveyor
from vtl_desktop.ui.session import Session
from vtl_desktop.ui.settings.settings import SettingsStore
from vtl_desktop.ui.tasks import TaskRunner
from vtl_desktop.ui.tracing.candidate_list import CandidateList
from vtl_desktop.ui.tracing.candidate_model import CandidateModel, Role
from vtl_desktop.ui.widgets import Card, ElidedLabel, heading, label

if TYPE_CHECKING:
    from vtl_desktop.services.workbench import Workbench

_WIDTHS = (230, 870, 330)
_ROOM_FOR_LIST = 1250
"""Pixels of the page; below this the list of candidates is hidden."""

_EMPTY, _COMPARING = range(2)


class ComparePage(QWidget):
    """Shows the session's candidate."""

    def __init__(
        self,
        session: Session,
        board: JobBoard,
        runner: TaskRunner,
        workbench: Workbench,
        model: CandidateModel,
        asker: Asker,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._board = board
        self._workbench = workbench
        self._asker = asker
        self.comparison = CompareView(workbench, runner)
        self.comparison.errorOccurred.connect(session.report_problem)
        self.comparison.locateRequested.connect(lambda _candidate: self.locate())
        self.surveyor = Surveyor(session, board, workbench, self)
        self._follow_survey()
        self.list = CandidateList(model, wide=False)
        self.list.candidateChosen.connect(session.set_candidate)
        self.form = FindingForm(session)
        self.form.setMinimumWidth(270)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._make_empty())
        self._stack.addWidget(self._make_splitter())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        session.candidateChanged.connect(self._show_candidate)
        session.candidateUpdated.connect(self._show_updated)
        session.traceChanged.connect(lambda _trace: self._show_empty_words())
        session.surveyChanged.connect(self._survey_grew)
        self._show_empty_words()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The pictures and the form need the room more; Ctrl+PgUp and Ctrl+PgDown still go through the candidates.
        self.list.setVisible(event.size().width() >= _ROOM_FOR_LIST)

    def move_candidate(self, by: int) -> None:
        """Goes to the next or the previous candidate of the list."""
        model = self.list.model()
        current = self.list.currentIndex().row()
        index = model.index(min(max(current + by, 0), model.rowCount() - 1), 0)
        if self._session.candidate is not None and index.isValid():
            self._session.set_candidate(index.data(Role.CANDIDATE))

    def save_finding(self) -> None:
        self.form.save()

    def locate(self) -> None:
        """Asks where the source's file lies now, and checks that it is the same file."""
        candidate, trace = self._session.candidate, self._session.trace
        if candidate is None or trace is None:
            return
        path = self._asker.moved_source(candidate.source.name)
        if path is None:
            return
        task = self._board.ask(self._workbench.relocate, Path(trace.database_path), candidate, path, lane="relocate")
        task.finished.connect(self._relocated)

    def export_masks(self) -> None:
        """Asks for a file and writes the masks of all frames there, in the background."""
        subject = self.surveyor.subject
        if subject is None:
            return
        suggestion = f"{Path(subject.exhibit.name).stem} - masks against candidate {subject.candidate.rank}.mkv"
        path = self._asker.masks(suggestion)
        if path is None:
            return
        task = self._board.start(
            f"Writing the masks to {path.name}",
            self._workbench.write_masks,
            subject.exhibit,
            subject.candidate,
            path,
            lane="masks",
        )
        task.finished.connect(lambda written: self.comparison.regions.tell(f"The masks are written: {written}"))

    def save(self, store: SettingsStore) -> None:
        store.save_bytes("compare", self._splitter.saveState())

    def restore(self, store: SettingsStore) -> None:
        state = store.bytes("compare")
        if not state.isEmpty():
            self._splitter.restoreState(state)

    def reset_layout(self) -> None:
        self._splitter.setSizes(list(_WIDTHS))

    def shut_down(self) -> None:
        """Ends what runs for the comparison."""
        self.surveyor.close()
        self.comparison.shutdown()

    def _follow_survey(self) -> None:
        """Ties the survey to what is seen: it waits while the comparison is used."""
        view, panel, surveyor = self.comparison, self.comparison.regions, self.surveyor
        view.comparable.connect(self._compare_with)
        panel.startWanted.connect(surveyor.start)
        panel.stopWanted.connect(surveyor.stop)
        panel.exportWanted.connect(self.export_masks)
        surveyor.changed.connect(self._show_stage)
        playing, foreground = view.comparison, surveyor.foreground
        playing.clock.moved.connect(foreground.touch)
        playing.waiting.connect(foreground.touch)
        playing.pairShown.connect(lambda pair: foreground.hold(pair.mask.pending))
        playing.maskChanged.connect(lambda pair: foreground.hold(pair.mask.pending))
        playing.maskFailed.connect(lambda _error: foreground.hold(False))

    def _compare_with(self, subject: Subject | None) -> None:
        self.surveyor.follow(subject)
        if subject is not None:
            self.comparison.show_survey(self._session.survey_for(subject.candidate))
            self._show_stage()

    def _survey_grew(self, found: Survey) -> None:
        subject = self.surveyor.subject
        if subject is not None and found.source_sha256 == subject.candidate.source.sha256:
            self.comparison.show_survey(found)
            self._show_stage()

    def _show_stage(self) -> None:
        surveyor = self.surveyor
        self.comparison.regions.show_stage(surveyor.stage, surveyor.fraction, surveyor.left, surveyor.message)

    def _make_empty(self) -> QWidget:
        self._empty_title = heading("", 1.25)
        self._empty_text = label(role="muted", wrap=True)
        card = Card()
        card.column.addWidget(self._empty_title)
        card.column.addWidget(self._empty_text)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(24, 22, 24, 22)
        column.addWidget(card)
        column.addStretch(1)
        return holder

    def _make_splitter(self) -> QSplitter:
        middle = QWidget()
        stage = QVBoxLayout(middle)
        stage.setContentsMargins(4, 8, 4, 0)
        stage.setSpacing(8)
        stage.addWidget(self._make_header())
        stage.addWidget(self.comparison, 1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        for widget in (self.list, middle, self.form):
            self._splitter.addWidget(widget)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setCollapsible(1, False)
        self.reset_layout()
        return self._splitter

    def _make_header(self) -> QWidget:
        holder = QWidget()
        self.title = heading("", 1.15)
        self.words = ElidedLabel()
        self.words.setProperty("role", "muted")
        text = QVBoxLayout(holder)
        text.setContentsMargins(4, 0, 4, 0)
        text.setSpacing(2)
        text.addWidget(self.title)
        text.addWidget(self.words)
        return holder

    def _show_empty_words(self) -> None:
        trace = self._session.trace
        if trace is None:
            self._say("Nothing to compare yet", "Open a suspect and trace it; then choose one of the candidates.")
        elif not trace.candidates:
            self._say("There is no candidate to compare", "No source of this database comes near the suspect.")
        else:
            self._say("No candidate chosen", "Choose one of the candidates in step 2.")

    def _say(self, title: str, text: str) -> None:
        self._empty_title.setText(title)
        self._empty_text.setText(text)

    def _show_candidate(self, candidate: Candidate | None) -> None:
        self.list.show_chosen(candidate)
        self._stack.setCurrentIndex(_EMPTY if candidate is None else _COMPARING)
        if candidate is None:
            self.comparison.clear()
            return
        self.title.setText(f"{candidate.rank}.  {candidate.source.name}")
        bits = self._session.trace.bits if self._session.trace is not None else 0
        known = [f"{candidate.distance:.1f} of {bits} bits apart", words.matched_parts(candidate.alignment)]
        if candidate.mirrored:
            known.insert(1, "mirrored")
        if candidate.part is not None:
            known.insert(1, "in a part of the picture")
        self.words.setText("   ·   ".join(known))
        self.form.show_subject(candidate, source_at_hand=True)
        task = self._board.ask(self._workbench.source_file, candidate, lane="lookup", latest_wins=True)
        task.finished.connect(lambda path: self._show_pair(candidate, path))

    def _show_updated(self, candidate: Candidate) -> None:
        if self._session.candidate is not None and candidate.rank == self._session.candidate.rank:
            self._show_candidate(candidate)

    def _show_pair(self, candidate: Candidate, path: Path | None) -> None:
        exhibit = self._session.exhibit
        if exhibit is None or self._session.candidate is not candidate:
            return
        self.form.show_subject(candidate, source_at_hand=path is not None)
        self.comparison.show_pair(exhibit, candidate, path)
        # Its keys (space, arrows, D ...) work while it has the focus, and this is what the analyst does next.
        self.comparison.setFocus()

    def _relocated(self, source: Source) -> None:
        self._session.update_source(source)
