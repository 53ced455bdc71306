"""What tracing decided, in words, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from vtl_desktop.core.tracing import TraceResult
from vtl_desktop.ui import words
from vtl_desktop.ui.icons import pixmap
from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.widgets import ChipRow, button, heading, label, set_role, spaced_icon

_LOOK = (
    "Play both side by side: in the same recording everything that moves moves alike, but for what was changed; in "
    "another take it does not."
)

_TRY_NEXT = (
    "Either the source is not enrolled in this database, or the suspect is too far from it. "
    "You can try another database, enroll more videos, or look at the candidates below all the same: "
    "they are the nearest sources there are, but none stands out. A negative result can be reported too."
)


class DecisionBanner(QFrame):
    """Traced, uncertain, or no source in this database."""

    def __init__(
        self,
        compare_best: Callable[[], object],
        other_database: Callable[[], object],
        conclude: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._picture = QLabel()
        self.title = heading("", 1.25)
        self.title.setWordWrap(True)
        self.reason = label(wrap=True, select=True)
        self.advice = label(wrap=True, role="muted")
        self.rates = label(wrap=True, role="muted", select=True)
        self.notes = ChipRow()
        self.compare_button = button("Compare the best candidate", compare_best, role="primary", picture="compare")
        self.database_button = button("Choose another database…", other_database, picture="database")
        self.conclude_button = button("Record a finding on the suspect…", conclude, picture="finding")
        actions = QVBoxLayout()
        actions.setSpacing(6)
        for widget in (self.compare_button, self.database_button, self.conclude_button):
            actions.addWidget(widget)
        actions.addStretch(1)
        text = QVBoxLayout()
        text.setSpacing(6)
        for widget in (self.title, self.reason, self.advice, self.rates, self.notes):
            text.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(16)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        text.addStretch(1)
        row.addLayout(text, 1)
        row.addLayout(actions)
        self.hide()

    def show_trace(self, trace: TraceResult | None) -> None:
        """Hidden without a trace."""
        self.setVisible(trace is not None)
        if trace is None:
            return
        colours = colours_of(self)
        traced, leader = trace.traced, trace.leader
        set_role(self, "good" if traced else "warning")
        self._picture.setPixmap(
            pixmap("done" if traced else "warning", colours.good if traced else colours.warning, 34)
        )
        self.title.setText(words.decision(trace))
        self.setAccessibleName(self.title.text())
        self.reason.setText(words.reason(trace))
        self.advice.setText(_LOOK if leader is not None else _TRY_NEXT)
        self.advice.setVisible(not traced)
        self.rates.setText(trace.rates)
        self.rates.setVisible(bool(trace.rates))
        self.notes.show_notes(trace.notes)
        self.compare_button.setVisible(bool(trace.candidates))
        self.compare_button.setText("Compare the best candidate" if leader else "Look at the nearest candidate")
        set_role(self.compare_button, "primary" if leader else "")
        self.compare_button.setIcon(spaced_icon("compare", colours.on_accent if leader else colours.text))
        self.database_button.setVisible(leader is None)
        self.conclude_button.setVisible(leader is None)


def facts_of(trace: TraceResult) -> str:
    """How a trace was made, in one line."""
    return (
        f"{words.plural(trace.database_sources, 'source')} searched in {trace.seconds:.1f} s on {trace.device}  ·  "
        f"{trace.bits}-bit codes  ·  weights {words.short_digest(trace.weights_sha256)}"
    )
