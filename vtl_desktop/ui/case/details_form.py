"""Whose case it is: name, number, examiner ... Only the name is required, and only for the report."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QWidget

from vtl_desktop.core.case import CaseDetails
from vtl_desktop.ui.session import Session

_LINES = (
    ("name", "Name", "required for the report"),
    ("number", "Number", ""),
    ("examiner", "Examiner", ""),
    ("laboratory", "Laboratory", ""),
    ("requester", "Requested by", ""),
)


class DetailsForm(QWidget):
    """Two forms on one session show the same: what is typed in one appears in the other."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._showing = False
        self.lines: dict[str, QLineEdit] = {}
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for key, name, hint in _LINES:
            line = QLineEdit()
            line.setPlaceholderText(hint)
            line.setAccessibleName(f"Case: {name}")
            line.textEdited.connect(self._store)
            self.lines[key] = line
            form.addRow(name, line)
        self.notes = QPlainTextEdit()
        self.notes.setAccessibleName("Case: Notes")
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(self.fontMetrics().lineSpacing() * 4)
        self.notes.textChanged.connect(self._store)
        form.addRow("Notes", self.notes)
        session.detailsChanged.connect(self._show)
        self._show(session.details)

    def _store(self, *_: object) -> None:
        if self._showing:
            return
        values = {key: line.text().strip() for key, line in self.lines.items()}
        self._session.set_details(CaseDetails(**values, notes=self.notes.toPlainText().strip()))

    def _show(self, details: CaseDetails) -> None:
        self._showing = True
        for key, line in self.lines.items():
            # Not while the same words are being typed: that would move the cursor.
            if line.text().strip() != getattr(details, key):
                line.setText(getattr(details, key))
        if self.notes.toPlainText().strip() != details.notes:
            self.notes.setPlainText(details.notes)
        self._showing = False
