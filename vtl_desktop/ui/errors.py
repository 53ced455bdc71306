"""Telling the user what went wrong: a banner that never stacks, and one dialog with details to copy."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from vtl_desktop import __version__
from vtl_desktop.core.errors import VtlError
from vtl_desktop.ui.icons import pixmap
from vtl_desktop.ui.tasks import details_of
from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.widgets import button, heading, icon_button, label, monospace

_KEPT = 20
"""Problems kept for the banner: more than that nobody reads, and a broken disk can give thousands."""


def message_of(error: BaseException) -> tuple[str, str]:
    """What happened and what to do, in plain sentences."""
    if isinstance(error, VtlError):
        return error.message, error.hint
    if isinstance(error, MemoryError):
        return "The machine is out of memory.", "Close other programs, or use a smaller file, and try again."
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return (
            f"The system refused a file operation: {error.strerror or error}{where}.",
            "Check the path and its permissions.",
        )
    return (
        f"The program met an error it did not expect: {type(error).__name__}.",
        "The evidence is untouched. Copy the details for whoever maintains the program, then go on or try again.",
    )


def text_of(error: BaseException) -> str:
    """Everything there is to copy."""
    message, hint = message_of(error)
    return f"VTL Desktop {__version__}\n{message}\n{hint}\n\n{details_of(error)}"


class ErrorDialog(QDialog):
    """One error: what is wrong, what to do, details to copy."""

    def __init__(self, error: BaseException, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Something went wrong")
        self.setMinimumWidth(560)
        self._text = text_of(error)
        message, hint = message_of(error)
        self.message = label(message, wrap=True, select=True)
        self.hint = label(hint, wrap=True, select=True, role="muted")
        self.hint.setVisible(bool(hint))
        picture = QLabel()
        picture.setPixmap(pixmap("problem", colours_of(self).problem, 36))
        self._details = QPlainTextEdit(self._text)
        self._details.setReadOnly(True)
        self._details.setAccessibleName("Details")
        self._details.setMinimumHeight(180)
        monospace(self._details)
        self._details.hide()
        words = QVBoxLayout()
        words.addWidget(heading("Something went wrong", 1.15))
        words.addWidget(self.message)
        words.addWidget(self.hint)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self._toggle = button("Show details", self._toggle_details)
        buttons.addButton(self._toggle, QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button = button("Copy details", self.copy_details, picture="copy")
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(14)
        column.addLayout(top)
        column.addWidget(self._details, 1)
        column.addWidget(buttons)

    def copy_details(self) -> None:
        """Puts all of it on the clipboard."""
        QGuiApplication.clipboard().setText(self._text)
        self.copy_button.setText("Copied")

    def _toggle_details(self) -> None:
        shown = self._details.isVisible()
        self._details.setVisible(not shown)
        self._toggle.setText("Show details" if shown else "Hide details")
        if shown:
            self.adjustSize()


class ErrorBanner(QFrame):
    """A line over the page: the latest problem, how many more there are, details, away with it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "problem")
        self._problems: deque[BaseException] = deque(maxlen=_KEPT)
        self._dialog: ErrorDialog | None = None
        picture = QLabel()
        picture.setPixmap(pixmap("problem", colours_of(self).problem, 24))
        self.message = label(wrap=True, select=True)
        self.message.setAccessibleName("Error")
        self.hint = label(wrap=True, select=True, role="muted")
        self._more = label(role="muted")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.message)
        words.addWidget(self.hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self._more)
        row.addWidget(button("Details", self.show_details, tip="What happened, in full, to copy"))
        row.addWidget(icon_button("close", "Dismiss this error", self.dismiss))
        self.hide()

    @property
    def problems(self) -> tuple[BaseException, ...]:
        """What has not been dismissed yet, oldest first."""
        return tuple(self._problems)

    def add(self, error: BaseException) -> None:
        """Shows a problem; the same one again only moves to the front."""
        same = next((known for known in self._problems if message_of(known) == message_of(error)), None)
        if same is not None:
            self._problems.remove(same)
        self._problems.append(error)
        self._show_latest()

    def dismiss(self) -> None:
        """The shown problem is read: the one before it shows, or nothing."""
        if self._problems:
            self._problems.pop()
        self._show_latest()

    def show_details(self) -> None:
        """Opens the dialog for the shown problem; there is never more than one."""
        if not self._problems:
            return
        if self._dialog is not None:
            self._dialog.close()
        self._dialog = ErrorDialog(self._problems[-1], self.window())
        self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog.finished.connect(self._forget_dialog)
        self._dialog.open()

    def _forget_dialog(self) -> None:
        self._dialog = None

    def _show_latest(self) -> None:
        self.setVisible(bool(self._problems))
        if not self._problems:
            return
        message, hint = message_of(self._problems[-1])
        self.message.setText(message)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        more = len(self._problems) - 1
        self._more.setText(f"{more} more" if more else "")
