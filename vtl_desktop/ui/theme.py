"""Colours and style: Fusion with a light and a dark palette of our own, neutral grey round pictures."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from vtl_desktop.ui.style_sheet import style_sheet

SYSTEM, LIGHT, DARK = "system", "light", "dark"
THEMES = (SYSTEM, LIGHT, DARK)


@dataclass(frozen=True, slots=True)
class Colours:
    """One set of colours as #rrggbb.

    Suspect and source are Okabe-Ito blue and orange, problems vermilion, good news bluish green, made darker (light
    set) or lighter (dark set) until text in them has a contrast of at least 4.5 on `surface`. Altered content is
    vermilion, too, added graphics reddish purple. `stage` is what lies round pictures.
    """

    window: str
    surface: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    suspect: str
    source: str
    good: str
    good_back: str
    warning: str
    warning_back: str
    problem: str
    problem_back: str
    altered: str
    graphics: str
    stage: str = "#2b2b2b"


LIGHT_COLOURS = Colours(
    window="#eceded",
    surface="#fbfbfb",
    raised="#ffffff",
    border="#c9cccf",
    text="#1d2022",
    muted="#5a6066",
    accent="#0067a3",
    on_accent="#ffffff",
    suspect="#0072b2",
    source="#9a5b00",
    good="#00694c",
    good_back="#dcf1ea",
    warning="#7d5200",
    warning_back="#fbeccb",
    problem="#a93f00",
    problem_back="#fbe1d3",
    altered="#a93f00",
    graphics="#96417a",
)

DARK_COLOURS = Colours(
    window="#26282a",
    surface="#303336",
    raised="#3a3d41",
    border="#4a4e53",
    text="#eceded",
    muted="#a9afb5",
    accent="#4ba9e2",
    on_accent="#0d1a22",
    suspect="#56b4e9",
    source="#e69f00",
    good="#3fc9a0",
    good_back="#1f3f36",
    warning="#f0bd4f",
    warning_back="#453817",
    problem="#ff8d55",
    problem_back="#4b2a1c",
    altered="#ff8d55",
    graphics="#e2a1c6",
)


def colours_of(widget: QWidget | QPalette) -> Colours:
    """The set that goes with a palette, for a widget with the application's.

    A widget's own palette says nothing: a style sheet that makes it transparent puts transparent black there.
    """
    palette = widget if isinstance(widget, QPalette) else QApplication.palette()
    return DARK_COLOURS if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT_COLOURS


def apply_theme(application: QApplication, theme: str = SYSTEM) -> None:
    """Gives the application its style, palette and style sheet.

    Args:
        application: the one there is.
        theme: one of `THEMES`; `SYSTEM` follows the desktop (dark where it says nothing).
    """
    application.setStyle("Fusion")
    light = theme == LIGHT or (theme == SYSTEM and application.styleHints().colorScheme() == Qt.ColorScheme.Light)
    colours = LIGHT_COLOURS if light else DARK_COLOURS
    application.setPalette(_palette(colours))
    application.setStyleSheet(style_sheet(colours))


def _palette(c: Colours) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for target, colour in (
        (role.Window, c.window),
        (role.WindowText, c.text),
        (role.Base, c.raised),
        (role.AlternateBase, c.surface),
        (role.ToolTipBase, c.raised),
        (role.ToolTipText, c.text),
        (role.Text, c.text),
        (role.PlaceholderText, c.muted),
        (role.Button, c.raised),
        (role.ButtonText, c.text),
        (role.BrightText, c.problem),
        (role.Highlight, c.accent),
        (role.HighlightedText, c.on_accent),
        (role.Link, c.accent),
        (role.LinkVisited, c.accent),
        (role.Light, c.raised),
        (role.Midlight, c.surface),
        (role.Mid, c.border),
        (role.Dark, c.border),
        (role.Accent, c.accent),
    ):
        palette.setColor(target, QColor(colour))
    for target in (role.Text, role.ButtonText, role.WindowText):
        faded = QColor(c.muted)
        faded.setAlpha(150)
        palette.setColor(QPalette.ColorGroup.Disabled, target, faded)
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(c.border))
    return palette
