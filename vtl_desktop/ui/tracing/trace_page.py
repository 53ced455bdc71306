"""Step 2: what tracing decided, and the candidates."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vtl_desktop.ui import words
from vtl_desktop.ui.session import Session
from vtl_desktop.ui.tracing.candidate_list import CandidateList
from vtl_desktop.ui.tracing.candidate_model import CandidateModel
from vtl_desktop.ui.tracing.decision_banner import DecisionBanner, facts_of
from vtl_desktop.ui.tracing.trace_card import TraceCard, TraceWishes
from vtl_desktop.ui.tracing.tracer import Tracer
from vtl_desktop.ui.widgets import ElidedLabel, button, heading, label


class TracePage(QWidget):
    """Shows the result; before there is one, where tracing stands."""

    candidateChosen = Signal(object)

    def __init__(
        self,
        session: Session,
        tracer: Tracer,
        model: CandidateModel,
        wishes: TraceWishes,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._tracer = tracer
        self.subject = ElidedLabel()
        self.again_button = button(
            "Trace again",
            tracer.trace_again,
            picture="trace",
            tip="On the device of the settings, in what the database holds now (Ctrl+T)",
        )
        self.card = TraceCard(session, tracer, wishes)
        self.banner = DecisionBanner(self._compare_best, wishes.choose_database, wishes.conclude)
        self.list = CandidateList(model, wide=True)
        self.list.candidateChosen.connect(self.candidateChosen)
        self.list_heading = heading("Candidate sources, best first", 1.05)
        self.list_help = label(
            "Distance, motion and keypoints decide the order. The distance counts differing bits: smaller is nearer, "
            "half of all bits is chance. It is no probability. Click a candidate to compare.",
            role="muted",
            wrap=True,
        )
        self.trace_facts = label(role="muted", wrap=True, select=True)
        self._rest = QWidget()
        self._lay_out()
        tracer.started.connect(self._refresh)
        tracer.stopped.connect(self._refresh)
        tracer.failed.connect(self._refresh)
        for signal in (session.exhibitChanged, session.databaseChanged, session.traceChanged):
            signal.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.subject, 1)
        top.addWidget(self.again_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 18, 24, 14)
        column.setSpacing(12)
        column.addLayout(top)
        for widget in (self.card, self.banner):
            column.addWidget(widget)
        above = QVBoxLayout()
        above.setSpacing(3)
        above.addWidget(self.list_heading)
        above.addWidget(self.list_help)
        column.addLayout(above)
        column.addWidget(self.list, 1)
        column.addWidget(self.trace_facts)
        column.addWidget(self._rest, 1)

    def _compare_best(self) -> None:
        trace = self._session.trace
        if trace is not None and trace.candidates:
            self.candidateChosen.emit(trace.candidates[0])

    def _refresh(self, *_: object) -> None:
        trace = self._session.trace
        has_candidates = trace is not None and bool(trace.candidates)
        self.card.setVisible(trace is None)
        self.banner.show_trace(trace)
        for widget in (self.list_heading, self.list_help, self.list):
            widget.setVisible(has_candidates)
        self._rest.setVisible(not has_candidates)
        self.trace_facts.setVisible(trace is not None)
        self.trace_facts.setText(facts_of(trace) if trace is not None else "")
        self.again_button.setVisible(trace is not None and self._session.database is not None)
        self._show_subject()

    def _show_subject(self) -> None:
        exhibit, database, trace = self._session.exhibit, self._session.database, self._session.trace
        parts = []
        if exhibit is not None:
            facts = exhibit.facts
            size = f"{facts.width} × {facts.height}"
            shape = size if facts.is_image else f"{words.clock(facts.duration)}, {size}"
            parts.append(f"{exhibit.name}   ({shape})")
        path = trace.database_path if trace is not None else str(database.path) if database is not None else ""
        if path:
            count = trace.database_sources if trace is not None else database.sources if database is not None else 0
            name = path.replace("\\", "/").rsplit("/", 1)[-1]
            parts.append(f"in   {name}   ({words.plural(count, 'source')})")
        self.subject.setText("    ".join(parts))
        self.subject.setVisible(bool(parts))
        self.subject.setAlignment(Qt.AlignmentFlag.AlignVCenter)
