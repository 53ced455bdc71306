"""The finding form in a dialog, for a finding on the suspect as a whole."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from vtl_desktop.ui.case.finding_form import FindingForm
from vtl_desktop.ui.session import Session


class FindingDialog(QDialog):
    """Closes when the finding is saved."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Finding on the suspect")
        self.resize(520, 760)
        self.form = FindingForm(session)
        self.form.saved.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self.form)
