"""The list of changed regions under the timeline, and how far the examination of all frames is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from vtl_desktop.core.regions import ChangedRegion
from vtl_desktop.core.survey import Survey
from vtl_desktop.ui.regions.region_model import REGION, RegionModel
from vtl_desktop.ui.regions.surveyor import Stage
from vtl_desktop.ui.widgets import ElidedLabel, button, label
from vtl_desktop.ui.words import plural, time_left

NOTHING_YET = "Changed regions appear here as they are found."
NOTHING_FOUND = "No changed region was found in the frames examined."
NOT_COMPARED = "Nothing can be said: no frame could be laid over the source's."
NO_SUBJECT = "Changed regions need a source that is at hand and aligned with the suspect."


class RegionPanel(QWidget):
    """Signals:
    regionChosen: a `ChangedRegion` to go to; regionMarked: the one that is selected now, or None.
    startWanted, stopWanted: of the examination; exportWanted: of the masks as a video.
    stepWanted: 1 or -1: to the next or the previous region.
    """

    regionChosen = Signal(object)
    regionMarked = Signal(object)
    startWanted = Signal()
    stopWanted = Signal()
    exportWanted = Signal()
    stepWanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Changed regions")
        self.model = RegionModel()
        self.table = QTableView(self)
        self.words = ElidedLabel(parent=self)
        self.words.setAccessibleName("How far the examination of all frames is")
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(110)
        self.progress.setAccessibleName("Frames examined")
        self.start_button = button(
            "Examine all frames",
            self.startWanted.emit,
            tip="Make the masks of all aligned frames in the background and list what they mark",
        )
        self.stop_button = button("Stop", self.stopWanted.emit, tip="Stop examining; what is found so far stays")
        self.export_button = button(
            "Export masks…",
            self.exportWanted.emit,
            tip="Write the masks of all frames as a lossless grey video (FFV1, .mkv)",
        )
        self._empty = label(NO_SUBJECT, role="muted", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._survey: Survey | None = None
        self._stage = Stage.NONE
        self._actions = (
            self._action("Next changed region", "N", lambda: self.stepWanted.emit(1)),
            self._action("Previous changed region", "Shift+N", lambda: self.stepWanted.emit(-1)),
        )
        self._set_up_table()
        self._lay_out()
        self.show_survey(None)
        self.show_stage(Stage.NONE)

    def sizeHint(self) -> QSize:
        return QSize(640, 150)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 84)

    @property
    def selected(self) -> ChangedRegion | None:
        """The region whose row is the current one."""
        index = self.table.currentIndex()
        return index.data(REGION) if index.isValid() else None

    def actions_for_menu(self) -> list[QAction]:
        return list(self._actions)

    def show_survey(self, found: Survey | None) -> None:
        """What is known; the selected region stays selected as far as it still is one."""
        chosen = self.selected
        self._survey = found
        self.model.show_survey(found)
        row = self.model.row_of(chosen)
        if row >= 0:
            self._select(row)
        elif chosen is not None:
            self.regionMarked.emit(None)
        is_image = found is not None and found.frames == 1
        for column in (2, 3):
            self.table.setColumnHidden(column, is_image)
        self._show_empty()

    def show_stage(self, stage: Stage, fraction: float = 0.0, left: float = -1.0, message: str = "") -> None:
        """How far the examination is.

        Args:
            left: seconds, negative while unknown.
            message: why it cannot go on.
        """
        running = stage is Stage.RUNNING
        self.progress.setVisible(running)
        self.stop_button.setVisible(running)
        self.start_button.setVisible(stage in (Stage.STOPPED, Stage.FAILED))
        examined = self._survey.examined if self._survey is not None else 0
        self.start_button.setText("Go on" if examined else "Examine all frames")
        self.export_button.setEnabled(stage is not Stage.NONE)
        if running:
            self.progress.setValue(round(fraction * 1000))
        self.words.setText(self._in_words(stage, fraction, left, message))
        self._stage = stage
        self._show_empty()

    def select(self, region: ChangedRegion) -> None:
        """Makes a region's row the current one."""
        row = self.model.row_of(region)
        if row >= 0:
            self._select(row)

    def tell(self, words: str) -> None:
        """A remark in place of how far it is, until there is news of that."""
        self.words.setText(words)

    def _in_words(self, stage: Stage, fraction: float, left: float, message: str) -> str:
        found = self._survey
        if stage is Stage.NONE:
            return ""
        if stage is Stage.FAILED:
            return f"Not examined: {message}"
        count = len(found.regions) + found.regions_left_out if found is not None else 0
        regions = plural(count, "changed region") if count else "no changed region"
        if stage is Stage.RUNNING:
            rest = f", {time_left(left)}" if left >= 0 else ""
            # Short: it shares its line with the progress bar and two buttons.
            return f"Examined {fraction:.0%}{rest}; {plural(count, 'region') if count else 'no region'} so far"
        if found is None:
            return "Not examined yet"
        if stage is Stage.STOPPED:
            return f"Stopped: {found.examined:,} of {found.frames:,} frames examined, {regions} so far"
        share = f"; {found.mean_share:.1%} of the picture{' on average' if found.frames > 1 else ''}"
        what = "" if found.frames == 1 else f"; all {plural(found.frames, 'frame')} examined"
        return f"{regions[:1].upper()}{regions[1:]}{share if found.compared else ''}{what}"

    def _show_empty(self) -> None:
        found = self._survey
        has_rows = self.model.rowCount() > 0
        self._pages.setCurrentIndex(0 if has_rows else 1)
        if has_rows:
            return
        if self._stage is Stage.NONE:
            words = NO_SUBJECT
        elif found is not None and found.complete:
            words = NOTHING_FOUND if found.compared else NOT_COMPARED
        else:
            words = NOTHING_YET
        self._empty.setText(words)

    def _select(self, row: int) -> None:
        index = self.model.index(row, 0)
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index)

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName("Changed regions, in the order of time")
        table.setAccessibleDescription("Enter goes to a region and outlines it.")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 8)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(4, QHeaderView.ResizeMode.Stretch)
        table.activated.connect(self._activate)
        table.selectionModel().currentChanged.connect(lambda *_: self.regionMarked.emit(self.selected))

    def _activate(self, index: QModelIndex) -> None:
        if (region := index.data(REGION)) is not None:
            self.regionChosen.emit(region)

    def _action(self, text: str, key: str, do: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(f"{text} ({key})")
        action.triggered.connect(lambda _checked=False: do())
        return action

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        title = label("Changed regions")
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        row.addWidget(title)
        row.addWidget(self.words, 1)
        for widget in (self.progress, self.stop_button, self.start_button, self.export_button):
            row.addWidget(widget)
        holder = QWidget(self)
        self._pages = QStackedLayout(holder)
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(holder, 1)
