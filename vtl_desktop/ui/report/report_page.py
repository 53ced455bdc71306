"""Step 4: what goes into the evidence report, what is missing, where it is written, what came out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from vtl_desktop.ui.asking import Asker
from vtl_desktop.ui.case.details_form import DetailsForm
from vtl_desktop.ui.icons import pixmap
from vtl_desktop.ui.report.contents import ReportItem, contents_of
from vtl_desktop.ui.report.result_card import ResultCard
from vtl_desktop.ui.report.writer import ReportWriter
from vtl_desktop.ui.session import Session
from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.widgets import Card, Page, button, clear_layout, label

if TYPE_CHECKING:
    from vtl_desktop.services.report import ReportWritten


class ReportPage(Page):
    """Nothing is written before everything required is there; every missing thing is a link to where it is given."""

    stepWanted = Signal(int)
    """The step where something missing is given, counted from 0."""
    conclusionWanted = Signal()
    """A finding on the suspect as a whole is to be written."""

    def __init__(self, session: Session, writer: ReportWriter, asker: Asker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._writer = writer
        self._asker = asker
        self._chosen_path = False
        self._contents: tuple[ReportItem, ...] = ()
        self.items = QVBoxLayout()
        self.items.setSpacing(8)
        self.path = QLineEdit()
        self.path.setAccessibleName("Report file")
        self.path.textEdited.connect(self._path_typed)
        self.browse_button = button("Browse…", self._browse)
        self.write_button = button(
            "Write the evidence report",
            self.write,
            role="primary",
            picture="report",
            tip="Writes the PDF, the same content as JSON, and the case file (Ctrl+E)",
        )
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Writing the report")
        self.step = label(role="muted")
        self.cancel_button = button("Cancel", writer.cancel, tip="Stop; an earlier report stays as it is (Esc)")
        self.result = ResultCard()
        self.details = DetailsForm(session)
        self.missing = label(role="warningText")
        self._lay_out()
        writer.started.connect(self._show_started)
        writer.progressed.connect(self._show_progress)
        writer.finished.connect(self._show_written)
        writer.stopped.connect(lambda: self._show_idle("Stopped. No report was written."))
        writer.failed.connect(lambda _error: self._show_idle("No report was written; the error is told above."))
        for signal in (session.exhibitChanged, session.traceChanged, session.findingsChanged, session.detailsChanged):
            signal.connect(self._refresh)
        session.surveyChanged.connect(self._refresh)
        session.exhibitChanged.connect(self._new_exhibit)
        self._show_idle("")

    def write(self) -> None:
        """Starts writing, when nothing required is missing."""
        if not self.write_button.isEnabled():
            return
        out = Path(self.path.text().strip()).expanduser()
        if out.suffix.lower() != ".pdf":
            out = out.with_name(f"{out.name}.pdf")
        if out.exists() and not self._asker.confirm(
            "The report exists", f"{out} exists already. Replacing it cannot be undone.", "Replace it"
        ):
            return
        self.result.hide()
        self._writer.start(out)

    def _lay_out(self) -> None:
        content = Card("What goes into the report")
        content.column.addLayout(self.items)
        out = Card("Report")
        where = QHBoxLayout()
        where.addWidget(self.path, 1)
        where.addWidget(self.browse_button)
        status = QHBoxLayout()
        status.addWidget(self.step, 1)
        status.addWidget(self.cancel_button)
        go = QHBoxLayout()
        go.addWidget(self.write_button)
        go.addWidget(self.missing)
        go.addStretch(1)
        out.column.addWidget(
            label(
                "PDF file; the same content as JSON and the case file are written beside it.", role="muted", wrap=True
            )
        )
        out.column.addLayout(where)
        out.column.addLayout(go)
        out.column.addWidget(self.progress)
        out.column.addLayout(status)
        details = Card("Case")
        details.column.addWidget(self.details)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column, cards in ((left, (content, out, self.result)), (right, (details,))):
            column.setSpacing(16)
            for card in cards:
                column.addWidget(card)
            column.addStretch(1)
        row = QHBoxLayout(self.body)
        row.setContentsMargins(24, 22, 24, 22)
        row.setSpacing(18)
        row.addLayout(left, 3)
        row.addLayout(right, 2)

    def _refresh(self, *_: object) -> None:
        contents = contents_of(self._session)
        if contents != self._contents:
            self._contents = contents
            clear_layout(self.items)
            for item in contents:
                self.items.addWidget(self._make_item(item))
        lacking = next((item.text for item in contents if item.required and not item.given), "")
        self.missing.setText(lacking)
        complete = not lacking
        self.write_button.setEnabled(complete and bool(self.path.text().strip()) and not self._writer.running)

    def _make_item(self, item: ReportItem) -> QWidget:
        colours = colours_of(self)
        mark = QLabel()
        name, colour = (
            ("done", colours.good)
            if item.given
            else ("problem", colours.problem)
            if item.required
            else ("warning", colours.warning)
        )
        mark.setPixmap(pixmap(name, colour, 20))
        mark.setAccessibleName("there" if item.given else "missing")
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(item.text, wrap=True), 1)
        if item.link:
            row.addWidget(button(item.link, lambda: self._go(item), role="link"), 0, Qt.AlignmentFlag.AlignTop)
        return holder

    def _go(self, item: ReportItem) -> None:
        if item.field:
            self.details.lines[item.field].setFocus()
        elif item.step is None:
            self.conclusionWanted.emit()
        else:
            self.stepWanted.emit(item.step)

    def _new_exhibit(self, exhibit: object) -> None:
        self.result.hide()
        self._chosen_path = False
        self._suggest()

    def _suggest(self) -> None:
        if self._session.exhibit is not None and not self._chosen_path:
            stem = Path(self._session.exhibit.name).stem
            self.path.setText(str(self._asker.report_folder() / f"{stem} - evidence report.pdf"))
        self._refresh()

    def _browse(self) -> None:
        chosen = self._asker.report(Path(self.path.text() or "evidence report.pdf"))
        if chosen is not None:
            self._chosen_path = True
            self.path.setText(str(chosen))
            self._refresh()

    def _path_typed(self, _text: str) -> None:
        self._chosen_path = True
        self._refresh()

    def _show_started(self) -> None:
        self._show_progress(0.0, "Starting")
        for widget in (self.progress, self.cancel_button, self.step):
            widget.show()
        self._refresh()

    def _show_progress(self, fraction: float, message: str) -> None:
        self.progress.setValue(round(fraction * 1000))
        self.step.setText(message)

    def _show_idle(self, note: str) -> None:
        self.progress.hide()
        self.cancel_button.hide()
        self.step.setText(note)
        self.step.setVisible(bool(note))
        self._refresh()

    def _show_written(self, written: ReportWritten) -> None:
        self._show_idle("")
        self.result.show_written(written)
