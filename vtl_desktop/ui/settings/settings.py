"""What the window remembers between two runs: choices of the user, and where things were. Nothing of a case."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from vtl_desktop.core.decision import BALANCED, POINTS
from vtl_desktop.ui.theme import SYSTEM, THEMES

DEVICES = ("auto", "cpu", "cuda")
_RECENT = 6


@dataclass(frozen=True, slots=True)
class Settings:
    """The user's choices.

    Attributes:
        device: where networks run, one of `DEVICES`; "auto" takes CUDA where there is one.
        default_database: opened when the program starts; "" takes the one last used.
        point: when a source is called found, one of `core.decision.POINTS`.
        theme: one of `theme.THEMES`.
        examiner, laboratory: put into new cases.
    """

    device: str = "auto"
    point: str = BALANCED.name
    default_database: str = ""
    theme: str = SYSTEM
    examiner: str = ""
    laboratory: str = ""


class SettingsStore:
    """The settings file, an INI file of the user's."""

    def __init__(self, path: Path | None = None) -> None:
        """Args:
        path: the file; None takes the place where the system keeps such files.
        """
        if path is None:
            self._file = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "vtl-desktop", "vtl-desktop")
        else:
            self._file = QSettings(str(path), QSettings.Format.IniFormat)

    def load(self) -> Settings:
        """The choices; what is missing or unknown takes its default."""
        default = Settings()
        device = self._text("choices/device", default.device)
        point = self._text("choices/point", default.point)
        theme = self._text("choices/theme", default.theme)
        return Settings(
            device=device if device in DEVICES else default.device,
            point=point if point in POINTS else default.point,
            default_database=self._text("choices/default_database"),
            theme=theme if theme in THEMES else default.theme,
            examiner=self._text("choices/examiner"),
            laboratory=self._text("choices/laboratory"),
        )

    def save(self, settings: Settings) -> None:
        """Keeps the choices."""
        for name in ("device", "point", "default_database", "theme", "examiner", "laboratory"):
            self._file.setValue(f"choices/{name}", getattr(settings, name))
        self._file.sync()

    @property
    def last_database(self) -> str:
        """Path of the database used last; "" if none."""
        return self._text("places/database")

    @last_database.setter
    def last_database(self, path: str) -> None:
        recent = [path, *(known for known in self.recent_databases if known != path)]
        self._file.setValue("places/database", path)
        self._file.setValue("places/recent_databases", "\n".join(recent[:_RECENT]))

    @property
    def recent_databases(self) -> tuple[str, ...]:
        """Paths of the databases used lately, the last one first."""
        return tuple(line for line in self._text("places/recent_databases").split("\n") if line)

    def folder(self, purpose: str) -> str:
        """The folder a file dialog for a purpose ("suspect", "database" ...) was in last; "" if none."""
        return self._text(f"folders/{purpose}")

    def remember_folder(self, purpose: str, path: str) -> None:
        self._file.setValue(f"folders/{purpose}", str(Path(path).parent))

    def bytes(self, name: str) -> QByteArray:
        """A geometry or state that Qt saved; empty if none."""
        value = self._file.value(f"window/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def save_bytes(self, name: str, value: QByteArray) -> None:
        self._file.setValue(f"window/{name}", value)

    def forget_window(self) -> None:
        """The next window opens as on the first day."""
        self._file.remove("window")

    def sync(self) -> None:
        """Writes what is not written yet."""
        self._file.sync()

    def _text(self, name: str, default: str = "") -> str:
        value = self._file.value(name, default)
        return value if isinstance(value, str) else default
