"""What the analyst concludes about a candidate, or about the suspect as a whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QPlainTextEdit, QRadioButton, QScrollArea, QVBoxLayout, QWidget

from vtl_desktop.core.case import CONCLUSIONS, Finding
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.ui.case.limits import automatic_limits
from vtl_desktop.ui.session import Session
from vtl_desktop.ui.widgets import ElidedLabel, button, heading, label, set_role

_TEXTS = (
    ("observations", "Observations", "What can be seen: what agrees, what differs, which traces of editing."),
    ("interpretation", "Interpretation", "What the observations mean, and why."),
    ("alternative", "Alternative explanation", "What else could explain them, and what speaks against it."),
    ("limits", "Limits", "What limits this finding. Never empty."),
)


_OF_ONE_SOURCE = (0, 1)
"""Conclusions that name a source: they cannot be drawn on the suspect as a whole."""


class FindingForm(QWidget):
    """Observations, interpretation, conclusion, in this order. Unsaved words are kept, candidate by candidate."""

    saved = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._drafts: dict[int, Finding] = {}
        self._candidate: Candidate | None = None
        self._source_at_hand = True
        self._showing = False
        self.subject = heading("", 1.15)
        self.about = ElidedLabel()
        self.about.setProperty("role", "muted")
        self.texts = {key: _Text(name, hint) for key, name, hint in _TEXTS}
        self.conclusions = QButtonGroup(self)
        self.examiner = QLineEdit()
        self.examiner.setAccessibleName("Examiner")
        self.reason = QLineEdit()
        self.reason.setAccessibleName("Reason for the change")
        self.reason.setPlaceholderText("why the earlier finding is replaced")
        self._reason_label = label("Reason for the change")
        self.missing = label(role="warningText", wrap=True)
        self.state = label(role="muted", wrap=True)
        self.save_button = button(
            "Save the finding",
            self.save,
            role="primary",
            picture="finding",
            tip="Record this finding in the case (Ctrl+Return)",
        )
        self._lay_out()
        for text in self.texts.values():
            text.textChanged.connect(self._changed)
        for line in (self.examiner, self.reason):
            line.textEdited.connect(self._changed)
        self.conclusions.idToggled.connect(self._changed)
        session.traceChanged.connect(self._forget)
        session.findingsChanged.connect(self._findings_changed)
        self.show_subject(None, source_at_hand=True)

    @property
    def rank(self) -> int:
        """Whom the finding is about: the candidate's rank, 0 for the suspect as a whole."""
        return self._candidate.rank if self._candidate is not None else 0

    def show_subject(self, candidate: Candidate | None, *, source_at_hand: bool) -> None:
        """Whom to judge; None for the suspect as a whole."""
        self._candidate = candidate
        self._source_at_hand = source_at_hand
        self.subject.setText(
            f"Finding on candidate {candidate.rank}" if candidate is not None else "Finding on the suspect"
        )
        self.about.setText(candidate.source.name if candidate is not None else "as a whole, against this database")
        about = "this source" if candidate is not None else "a source in this database"
        for number, conclusion in enumerate(CONCLUSIONS):
            choice = self.conclusions.button(number)
            choice.setText(conclusion.replace("this source", about))
            choice.setVisible(candidate is not None or number not in _OF_ONE_SOURCE)
        self._show()

    def save(self) -> bool:
        """Adds the finding to the session; False, and says why, while something is missing."""
        if self._missing():
            self._changed()
            return False
        finding = replace(self._read(), written_at=datetime.now().astimezone().isoformat(timespec="seconds"))
        self._drafts.pop(self.rank, None)
        self._session.add_finding(finding)
        if finding.examiner and not self._session.details.examiner:
            self._session.set_details(replace(self._session.details, examiner=finding.examiner))
        self.saved.emit(finding)
        return True

    def _lay_out(self) -> None:
        fields = QWidget()
        fields.setProperty("role", "page")
        column = QVBoxLayout(fields)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(5)
        column.addWidget(self.subject)
        column.addWidget(self.about)
        for key, name, _hint in _TEXTS:
            if key == "alternative":
                self._lay_out_conclusions(column)
            column.addSpacing(4)
            column.addWidget(label(name))
            column.addWidget(self.texts[key], 1)
        column.addSpacing(4)
        for name, field in ((label("Examiner"), self.examiner), (self._reason_label, self.reason)):
            column.addWidget(name)
            column.addWidget(field)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(fields)
        # Below the fields and always in sight: what is missing, and saving.
        foot = QVBoxLayout()
        foot.setContentsMargins(14, 6, 14, 12)
        foot.setSpacing(8)
        for widget in (self.missing, self.state, self.save_button):
            foot.addWidget(widget)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addLayout(foot)

    def _lay_out_conclusions(self, column: QVBoxLayout) -> None:
        column.addSpacing(4)
        column.addWidget(label("Conclusion"))
        for number, conclusion in enumerate(CONCLUSIONS):
            choice = QRadioButton(conclusion)
            self.conclusions.addButton(choice, number)
            column.addWidget(choice)

    def _read(self) -> Finding:
        chosen = self.conclusions.checkedId()
        return Finding(
            candidate_rank=self.rank,
            source_sha256=self._candidate.source.sha256 if self._candidate is not None else "",
            conclusion=CONCLUSIONS[chosen] if chosen >= 0 else "",
            **{key: text.toPlainText().strip() for key, text in self.texts.items()},
            examiner=self.examiner.text().strip(),
            reason_for_change=self.reason.text().strip() if self._earlier() is not None else "",
        )

    def _earlier(self) -> Finding | None:
        return self._session.finding_for(self.rank)

    def _missing(self) -> str:
        """What keeps the finding from being saved, in words."""
        finding, lacking = self._read(), []
        for holds, name in (
            (finding.observations, "observations"),
            (finding.conclusion, "a conclusion"),
            (finding.limits, "limits"),
            (finding.examiner, "the examiner"),
            (self._earlier() is None or finding.reason_for_change, "a reason for the change"),
        ):
            if not holds:
                lacking.append(name)
        return f"Still missing: {', '.join(lacking)}." if lacking else ""

    def _changed(self, *_: object) -> None:
        if self._showing:
            return
        self._drafts[self.rank] = self._read()
        self._show_state()

    def _show_state(self) -> None:
        earlier, missing = self._earlier(), self._missing()
        unchanged = earlier is not None and self.rank not in self._drafts
        self._reason_label.setVisible(earlier is not None)
        self.reason.setVisible(earlier is not None)
        self.missing.setText("" if unchanged else missing)
        self.missing.setVisible(bool(self.missing.text()))
        self.save_button.setEnabled(not missing and not unchanged and self._session.trace is not None)
        self.save_button.setText("Save the changed finding" if earlier is not None else "Save the finding")
        self.state.setVisible(earlier is not None)
        if earlier is not None:
            self.state.setText(f"Saved {earlier.written_at.replace('T', ' ')}: {earlier.conclusion}")
            set_role(self.state, "goodText" if unchanged else "muted")

    def _show(self) -> None:
        exhibit, trace = self._session.exhibit, self._session.trace
        self.setEnabled(exhibit is not None and trace is not None)
        shown = self._drafts.get(self.rank) or self._earlier()
        if shown is None:
            limits = ""
            if exhibit is not None and trace is not None:
                limits = "\n".join(
                    automatic_limits(exhibit, trace, self._candidate, source_at_hand=self._source_at_hand)
                )
            shown = Finding(self.rank, "", "", limits=limits, examiner=self._session.details.examiner)
        self._showing = True
        for key, text in self.texts.items():
            if text.toPlainText().strip() != getattr(shown, key):
                text.setPlainText(getattr(shown, key))
        self.conclusions.setExclusive(False)
        for number, conclusion in enumerate(CONCLUSIONS):
            self.conclusions.button(number).setChecked(conclusion == shown.conclusion)
        self.conclusions.setExclusive(True)
        self.examiner.setText(shown.examiner)
        self.reason.setText(shown.reason_for_change if self.rank in self._drafts else "")
        self._showing = False
        self._show_state()

    def _findings_changed(self, _findings: object) -> None:
        # A method, no lambda: Qt ends the connection of a method with the form, which may be in a dialog.
        self._show()

    def _forget(self, _trace: object) -> None:
        self._drafts.clear()
        self.show_subject(None, source_at_hand=True)


class _Text(QPlainTextEdit):
    """A few lines to write in; Tab goes on to the next field."""

    def __init__(self, name: str, hint: str) -> None:
        super().__init__()
        self.setPlaceholderText(hint)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setMinimumHeight(self.fontMetrics().lineSpacing() * 3 + 14)

    def sizeHint(self) -> QSize:
        return QSize(240, self.fontMetrics().lineSpacing() * 4 + 14)
