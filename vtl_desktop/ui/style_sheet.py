"""The style sheet: what Fusion and the palette do not say. Widgets name what they are in their property `role`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtl_desktop.ui.theme import Colours


def style_sheet(c: Colours) -> str:
    """The sheet for a set of colours."""
    return "".join((_panels(c), _buttons(c), _fields(c)))


def _panels(c: Colours) -> str:
    return f"""
    QFrame[role="card"] {{ background: {c.surface}; border: 1px solid {c.border}; border-radius: 8px; }}
    QFrame[role="rail"] {{ background: {c.surface}; border: none; border-right: 1px solid {c.border}; }}
    QFrame[role="good"] {{ background: {c.good_back}; border: 1px solid {c.good}; border-radius: 8px; }}
    QFrame[role="warning"] {{ background: {c.warning_back}; border: 1px solid {c.warning}; border-radius: 8px; }}
    QFrame[role="problem"] {{ background: {c.problem_back}; border: 1px solid {c.problem}; border-radius: 8px; }}
    QLabel[role="muted"] {{ color: {c.muted}; }}
    QLabel[role="goodText"] {{ color: {c.good}; }}
    QLabel[role="warningText"] {{ color: {c.warning}; }}
    QLabel[role="problemText"] {{ color: {c.problem}; }}
    QLabel[role="chip"] {{ background: {c.warning_back}; color: {c.warning}; border: 1px solid {c.warning};
        border-radius: 9px; padding: 1px 8px; }}
    QSplitter::handle {{ background: {c.window}; }}
    QSplitter::handle:hover {{ background: {c.accent}; }}
    QStatusBar {{ background: {c.surface}; border-top: 1px solid {c.border}; }}
    QStatusBar::item {{ border: none; }}
    QMenuBar {{ background: {c.surface}; border-bottom: 1px solid {c.border}; }}
    QMenuBar::item:selected {{ background: {c.raised}; }}
    QScrollArea {{ border: none; background: transparent; }}
    QScrollArea > QWidget > QWidget[role="page"] {{ background: transparent; }}
    QToolTip {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.border}; padding: 4px; }}
    """


def _buttons(c: Colours) -> str:
    return f"""
    QPushButton {{ background: {c.raised}; border: 1px solid {c.border}; border-radius: 5px; padding: 5px 12px; }}
    QPushButton:hover {{ border-color: {c.accent}; }}
    QPushButton:focus {{ border: 2px solid {c.accent}; padding: 4px 11px; }}
    QPushButton:pressed {{ background: {c.border}; }}
    QPushButton:disabled {{ color: {c.muted}; background: {c.surface}; }}
    QPushButton[role="primary"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent};
        font-weight: 600; padding: 7px 16px; }}
    QPushButton[role="primary"]:focus {{ border: 2px solid {c.text}; padding: 6px 15px; }}
    QPushButton[role="primary"]:disabled {{ background: {c.border}; color: {c.muted}; border-color: {c.border}; }}
    QPushButton[role="link"] {{ background: transparent; border: 1px solid transparent; color: {c.accent};
        text-align: left; padding: 2px 4px; }}
    QPushButton[role="link"]:hover {{ text-decoration: underline; }}
    QPushButton[role="link"]:focus {{ border: 1px solid {c.accent}; }}
    QToolButton {{ background: {c.raised}; border: 1px solid {c.border}; border-radius: 4px; padding: 3px 8px; }}
    QToolButton[autoRaise="true"] {{ background: transparent; border: 1px solid transparent; padding: 3px; }}
    QToolButton:hover {{ border-color: {c.accent}; }}
    QToolButton:focus {{ border-color: {c.accent}; }}
    QToolButton:checked {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
    QToolButton:disabled {{ color: {c.muted}; background: transparent; }}
    QRadioButton {{ spacing: 7px; padding: 1px; }}
    QRadioButton::indicator {{ width: 12px; height: 12px; border: 1px solid {c.muted}; border-radius: 7px;
        background: {c.raised}; }}
    QRadioButton::indicator:hover, QRadioButton::indicator:focus {{ border-color: {c.accent}; }}
    QRadioButton::indicator:checked {{ border: 4px solid {c.accent}; width: 6px; height: 6px; background: {c.raised}; }}
    QRadioButton:focus {{ text-decoration: underline; }}
    QToolButton[role="step"] {{ border: none; border-left: 3px solid transparent; border-radius: 0;
        padding: 10px 4px 8px 4px; color: {c.muted}; background: transparent; }}
    QToolButton[role="step"]:hover {{ background: {c.raised}; color: {c.text}; }}
    QToolButton[role="step"]:focus {{ background: {c.raised}; }}
    QToolButton[role="step"]:checked {{ border-left-color: {c.accent}; color: {c.text}; background: {c.raised};
        font-weight: 600; }}
    """


def _fields(c: Colours) -> str:
    return f"""
    QLineEdit, QPlainTextEdit {{ background: {c.raised}; border: 1px solid {c.border}; border-radius: 4px;
        padding: 4px 6px; selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
    QLineEdit:focus, QPlainTextEdit:focus {{ border: 1px solid {c.accent}; }}
    QListWidget::item, QTreeWidget::item {{ padding: 4px 6px; }}
    QTreeWidget {{ background: {c.surface}; border: 1px solid {c.border}; border-radius: 8px; }}
    QTableView {{ background: {c.surface}; alternate-background-color: {c.window}; border: none;
        border-top: 1px solid {c.border}; selection-background-color: {c.accent};
        selection-color: {c.on_accent}; outline: none; }}
    QTableView::item {{ padding: 2px 8px; }}
    QTableView:focus {{ border-top: 1px solid {c.accent}; }}
    QHeaderView::section {{ background: {c.surface}; color: {c.muted}; border: none;
        border-bottom: 1px solid {c.border}; padding: 4px 6px; }}
    QListView[role="side"] {{ border: none; border-right: 1px solid {c.border}; border-radius: 0; }}
    QListView {{ background: {c.surface}; border: 1px solid {c.border}; border-radius: 8px; outline: none; }}
    QProgressBar {{ background: {c.raised}; border: 1px solid {c.border}; border-radius: 4px; text-align: center;
        min-height: 8px; max-height: 8px; }}
    QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
    QScrollBar:vertical {{ background: transparent; width: 11px; margin: 2px; }}
    QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 2px; }}
    QScrollBar::handle {{ background: {c.border}; border-radius: 3px; min-height: 28px; min-width: 28px; }}
    QScrollBar::handle:hover {{ background: {c.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """
