"""Menus, written as a table: every action of the window with its shortcut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QMainWindow,
    QMenu,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a menu: text, what it does, shortcut ("" for none)."""

    text: str
    do: Callable[[], object]
    shortcut: str = ""


SEPARATOR = None


def add_menu(window: QMainWindow, title: str, entries: Sequence[Entry | None]) -> QMenu:
    """Adds a menu of entries to a window's menu bar; `SEPARATOR` draws a line."""
    menu = window.menuBar().addMenu(title)
    for entry in entries:
        if entry is None:
            menu.addSeparator()
            continue
        action = QAction(entry.text, window)
        if entry.shortcut:
            action.setShortcut(QKeySequence(entry.shortcut))
        action.triggered.connect(lambda _checked=False, do=entry.do: do())
        menu.addAction(action)
    return menu


class ShortcutsDialog(QDialog):
    """All actions of the menu bar with their shortcuts, by menu."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(520, 640)
        self.table = QTreeWidget()
        self.table.setHeaderLabels(["Action", "Keys"])
        self.table.setAccessibleName("Keyboard shortcuts")
        for top in window.menuBar().actions():
            menu = top.menu()
            if isinstance(menu, QMenu):
                self._add(top.text(), menu)
        self.table.expandAll()
        self.table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.header().setStretchLastSection(False)
        self.table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.table)
        column.addWidget(buttons)

    def _add(self, title: str, menu: QMenu) -> None:
        group = QTreeWidgetItem([title.replace("&", ""), ""])
        for action in menu.actions():
            if action.shortcuts():
                keys = ", ".join(keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts())
                group.addChild(QTreeWidgetItem([action.text().replace("&", ""), keys]))
        if group.childCount():
            self.table.addTopLevelItem(group)
