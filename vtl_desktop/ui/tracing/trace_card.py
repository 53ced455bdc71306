"""Where tracing stands and what to do next: what is missing, how far it is, or what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from vtl_desktop.ui import words
from vtl_desktop.ui.session import Session
from vtl_desktop.ui.tracing.tracer import Tracer
from vtl_desktop.ui.widgets import Card, button, heading, label, set_role


@dataclass(frozen=True, slots=True)
class TraceWishes:
    """What the tracing panels can ask the window for."""

    open_suspect: Callable[[], object]
    choose_database: Callable[[], object]
    build_database: Callable[[], object]
    show_candidates: Callable[[], object]
    conclude: Callable[[], object]


class TraceCard(Card):
    """One card, one state at a time; stands in step 1 and, until there is a result, in step 2."""

    def __init__(self, session: Session, tracer: Tracer, wishes: TraceWishes, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._session = session
        self._tracer = tracer
        self._note = ""
        self._failed = False
        self.title = heading("", 1.2)
        self.title.setWordWrap(True)
        self.text = label(wrap=True, role="muted")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Tracing")
        self.suspect_button = button("Open a suspect…", wishes.open_suspect, role="primary", picture="folder")
        self.database_button = button("Choose a database…", wishes.choose_database, role="primary", picture="database")
        self.build_button = button("Build one from videos…", wishes.build_database, picture="add")
        self.start_button = button("Trace", tracer.trace_again, role="primary", picture="trace")
        self.cancel_button = button("Cancel", tracer.cancel, tip="Stop tracing (Esc)")
        self.show_button = button("Show the candidates", wishes.show_candidates, role="primary", picture="trace")
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (
            self.suspect_button,
            self.database_button,
            self.build_button,
            self.start_button,
            self.cancel_button,
            self.show_button,
        ):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.title, self.progress, self.text):
            self.column.addWidget(widget)
        self.column.addLayout(row)
        tracer.started.connect(self._show_started)
        tracer.progressed.connect(self._show_progress)
        tracer.stopped.connect(lambda: self._ended("Tracing was stopped before it found anything out.", failed=False))
        tracer.failed.connect(lambda _error: self._ended("Tracing failed; the error is told above.", failed=True))
        for signal in (session.exhibitChanged, session.databaseChanged, session.traceChanged):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Shows what holds now."""
        exhibit, database, trace = self._session.exhibit, self._session.database, self._session.trace
        running = self._tracer.running
        usable = database is not None and database.sources > 0
        waiting = trace is None and not running
        self.progress.setVisible(running)
        self.cancel_button.setVisible(running)
        self.suspect_button.setVisible(waiting and exhibit is None)
        self.database_button.setVisible(waiting and exhibit is not None and database is None)
        self.build_button.setVisible(waiting and exhibit is not None and not usable)
        self.start_button.setVisible(waiting and exhibit is not None and usable)
        self.show_button.setVisible(trace is not None)
        set_role(self.text, "problemText" if waiting and self._failed else "muted")
        if running:
            self.title.setText("Tracing …")
        elif trace is not None:
            self._say(words.decision(trace), words.reason(trace))
        elif exhibit is None:
            self._say(
                "No suspect yet", "Drop a video anywhere on this window; it is traced as soon as there is a database."
            )
        elif database is None:
            self._say(
                "Next: a database",
                "Choose the hash-center database of your archive, or build one from a folder of authentic videos. "
                "Tracing then starts by itself.",
            )
        elif not usable:
            self._say("The database is empty", "It holds no source: add authentic videos to it.")
        else:
            self._say("Ready to trace", self._note or "Everything is there.")

    def _say(self, title: str, text: str) -> None:
        self.title.setText(title)
        self.text.setText(text)

    def _show_started(self) -> None:
        self._note, self._failed = "", False
        self._show_progress(0.0, "Starting")
        self.refresh()

    def _show_progress(self, fraction: float, message: str) -> None:
        self.progress.setValue(round(fraction * 1000))
        self.text.setText(message)

    def _ended(self, note: str, *, failed: bool) -> None:
        self._note, self._failed = note, failed
        self.refresh()
