"""The settings dialog."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from vtl_desktop.core.decision import POINTS
from vtl_desktop.ui.settings.settings import DEVICES, Settings
from vtl_desktop.ui.theme import THEMES
from vtl_desktop.ui.widgets import button, label

_DEVICE_WORDS = {
    "auto": "Automatic (graphics card where there is one)",
    "cpu": "CPU only",
    "cuda": "Graphics card (CUDA)",
}
_THEME_WORDS = {"system": "As the desktop", "light": "Light", "dark": "Dark"}


class SettingsDialog(QDialog):
    """Shows settings; `settings()` is what the user made of them."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setMinimumWidth(520)
        self.device = _choice(DEVICES, _DEVICE_WORDS, settings.device)
        self.point = _choice(tuple(POINTS), {name: point.label for name, point in POINTS.items()}, settings.point)
        self.point_means = label(role="muted", wrap=True)
        self.point.currentIndexChanged.connect(self._explain_point)
        self._explain_point()
        self.theme = _choice(THEMES, _THEME_WORDS, settings.theme)
        self.database = QLineEdit(settings.default_database)
        self.database.setPlaceholderText("the one used last")
        self.examiner = QLineEdit(settings.examiner)
        self.laboratory = QLineEdit(settings.laboratory)
        browse = QHBoxLayout()
        browse.addWidget(self.database, 1)
        browse.addWidget(button("Browse…", self._browse))
        form = QFormLayout()
        form.setSpacing(10)
        for name, field, row in (
            ("Networks run on", self.device, self.device),
            ("A source is called found", self.point, self.point),
            ("", self.point_means, self.point_means),
            ("Database at start", self.database, browse),
            ("Examiner of new cases", self.examiner, self.examiner),
            ("Laboratory of new cases", self.laboratory, self.laboratory),
            ("Appearance", self.theme, self.theme),
        ):
            form.addRow(name, row)
            if name:
                field.setAccessibleName(name)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(14)
        column.addLayout(form)
        column.addWidget(
            label(
                "The device counts from the next trace or enrolling on. Where the graphics card cannot be used "
                "the CPU is taken, and the result says so.",
                role="muted",
                wrap=True,
            )
        )
        column.addWidget(buttons)

    def settings(self) -> Settings:
        """The choices as they stand in the dialog."""
        return Settings(
            device=self.device.currentData(),
            point=self.point.currentData(),
            default_database=self.database.text().strip(),
            theme=self.theme.currentData(),
            examiner=self.examiner.text().strip(),
            laboratory=self.laboratory.text().strip(),
        )

    def _explain_point(self) -> None:
        self.point_means.setText(f"{POINTS[self.point.currentData()].means} It counts from the next trace on.")

    def _browse(self) -> None:
        start = str(Path(self.database.text()).parent) if self.database.text() else ""
        path, _ = QFileDialog.getOpenFileName(
            self, "Database at start", start, "Hash-center databases (*.h5);;All files (*)"
        )
        if path:
            self.database.setText(path)


def _choice(values: tuple[str, ...], words: dict[str, str], current: str) -> QComboBox:
    box = QComboBox()
    for value in values:
        box.addItem(words[value], value)
    box.setCurrentIndex(max(values.index(current), 0))
    return box
