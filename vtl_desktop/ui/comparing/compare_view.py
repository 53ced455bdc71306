"""Suspect left, source right, in sync: panes, mask, transport, timeline and changed regions put together."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.media import GreyPicture
from vtl_desktop.core.regions import ChangedRegion, mask_of_kind
from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.ui.comparing import words
from vtl_desktop.ui.comparing.comparison import Comparison, ShownPair
from vtl_desktop.ui.comparing.localizer_pump import Localizer, Needs
from vtl_desktop.ui.comparing.mask_bar import MaskBar
from vtl_desktop.ui.playback.frame_pump import Reel, Video
from vtl_desktop.ui.playback.pane import SOURCE, SUSPECT, Pane
from vtl_desktop.ui.playback.picture_view import MaskMode
from vtl_desktop.ui.playback.transport_bar import TransportBar
from vtl_desktop.ui.playback.view_state import ViewState
from vtl_desktop.ui.regions.region_desk import RegionDesk
from vtl_desktop.ui.regions.region_panel import RegionPanel
from vtl_desktop.ui.regions.surveyor import Subject
from vtl_desktop.ui.tasks import TaskRunner
from vtl_desktop.ui.timeline.timeline_view import TimelineView

LOCATE = "Locate the source file …"


class Bench(Protocol):
    """What the view needs of `services.workbench.Workbench`."""

    def open_video(self, path: Path) -> Video: ...
    def localizer(self, exhibit: Exhibit, candidate: Candidate) -> Localizer: ...


class CompareView(QWidget):
    """The comparison of one exhibit with one candidate.

    Files are opened and decoded in threads of its own, which `shutdown` ends.

    Signals:
        momentChanged: the suspect's moment that is on screen, seconds.
        errorOccurred: an exception to be told; the panes say it as well.
        locateRequested: the user wants to say where the source's file is: the `Candidate`.
        comparable: both sides are open and can be compared: a `Subject`; None when they no longer are.
    """

    momentChanged = Signal(float)
    errorOccurred = Signal(object)
    locateRequested = Signal(object)
    comparable = Signal(object)

    def __init__(self, workbench: Bench, runner: TaskRunner | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._exhibit: Exhibit | None = None
        self._candidate: Candidate | None = None
        self._mask_problem = ""
        self._found: Candidate | None = None
        self._comparison = Comparison(self)
        self._clock = self._comparison.clock
        self.suspect_pane = Pane(SUSPECT, self)
        self.source_pane = Pane(SOURCE, self)
        self.mask_bar = MaskBar(self)
        self.transport = TransportBar(self._clock, self)
        self.timeline = TimelineView(self)
        self.regions = RegionPanel(self)
        self._region_desk = RegionDesk(self._comparison, self.regions, self.timeline, self.suspect_pane.view, self)
        self._lay_out()
        self._connect()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clear()

    @property
    def comparison(self) -> Comparison:
        """What plays: clock, pairs, masks."""
        return self._comparison

    @property
    def shown(self) -> ShownPair | None:
        """The pair on screen."""
        return self._comparison.shown

    def show_survey(self, found: Survey | None) -> None:
        """Shows what is known of the changes against the candidate."""
        self._region_desk.show_survey(found)
        if found is not None:
            self.mask_bar.choices.set_methods(self.mask_bar.choices.known or (found.method,))

    def go_to_region(self, region: ChangedRegion) -> None:
        """Goes to where there is most of a changed region, and outlines it."""
        self._region_desk.go_to(region)

    def show_pair(self, exhibit: Exhibit, candidate: Candidate | None, source_path: Path | None) -> None:
        """Shows an exhibit beside a candidate's source, at the moment where they agree best.

        Showing the same candidate again (its source was re-located) stays at the moment on screen.

        Args:
            candidate: None shows the exhibit alone.
            source_path: None where the source's file is not at hand: its pane says so and offers to locate it.
        """
        same_exhibit = self._exhibit is not None and (self._exhibit.path, self._exhibit.sha256) == (
            exhibit.path,
            exhibit.sha256,
        )
        start = 0.0 if candidate is None else candidate.best_suspect_time
        stays = same_exhibit and _same_candidate(self._candidate, candidate)
        if not stays:
            self.show_survey(None)
        self.comparable.emit(None)
        self._found = None
        self._exhibit, self._candidate = exhibit, candidate
        self.suspect_pane.set_file(exhibit.name, exhibit.facts)
        self.timeline.setVisible(not exhibit.facts.is_image)  # a picture has none, and the room is wanted
        if not same_exhibit or self._comparison.broken(SUSPECT):
            self.suspect_pane.show_message(words.OPENING)
            self.transport.set_reel(None)
            self._comparison.open_suspect(partial(self._workbench.open_video, Path(exhibit.path)), start)
        self._show_source(exhibit, candidate, source_path, None if stays else start)
        self.timeline.show_candidate(candidate, exhibit.facts.duration)
        self.transport.scrub.set_segments(_stretches(candidate))

    def clear(self) -> None:
        """Lets go of all files and says what to do."""
        self._exhibit = self._candidate = self._found = None
        self.comparable.emit(None)
        self.show_survey(None)
        self.timeline.show()
        self._comparison.close_files()
        self.transport.set_reel(None)
        self.timeline.show_candidate(None, 0.0)
        self.mask_bar.set_available(False)
        self.mask_bar.set_words("")
        for pane, text in ((self.suspect_pane, words.NOTHING), (self.source_pane, words.NO_CANDIDATE)):
            pane.set_file("")
            pane.show_message(text)

    def seek(self, moment: float) -> None:
        """Goes to a moment of the suspect, seconds."""
        self._clock.seek(moment)

    def pause(self) -> None:
        self._clock.pause()

    def actions(self) -> list[QAction]:
        """Every action of the view with its shortcut, for a menu."""
        return [*self.transport.actions(), *self.mask_bar.actions(), *self.regions.actions_for_menu()]

    def shutdown(self, timeout: float = 2.0) -> bool:
        """Closes files and threads, for good; whether all threads ended in time."""
        return self._comparison.shutdown(timeout)

    # Opening

    def _show_source(
        self, exhibit: Exhibit, candidate: Candidate | None, path: Path | None, start: float | None
    ) -> None:
        self.mask_bar.set_available(candidate is not None and path is not None)
        self.mask_bar.set_words("")
        self._mask_problem = ""
        if candidate is None:
            self.source_pane.set_file("")
            self.source_pane.show_message(words.NO_CANDIDATE)
            self._comparison.open_source(None, Alignment(), None, start)
            return
        self.source_pane.set_file(candidate.source.name)
        if path is None:
            self.source_pane.show_message(words.missing_source(candidate.source.path), LOCATE)
            self._comparison.open_source(None, candidate.alignment, None, start)
            return
        # The Localizer opens the file that is shown, wherever the database believes it to be.
        self._found = found = replace(candidate, source=replace(candidate.source, path=str(path)))
        self.source_pane.show_message(words.OPENING)
        self._comparison.open_source(
            partial(self._workbench.open_video, path),
            candidate.alignment,
            partial(self._workbench.localizer, exhibit, found),
            start,
        )

    def _opened(self, role: str, reel: Reel) -> None:
        if role == SUSPECT:
            self.transport.set_reel(reel)
            self.transport.scrub.set_segments(_stretches(self._candidate))
            self.timeline.show_candidate(self._candidate, reel.facts.duration)
            self.suspect_pane.set_file(self._exhibit.name if self._exhibit else "", reel.facts)
        elif self._candidate is not None:
            self.source_pane.set_file(self._candidate.source.name, reel.facts)
        suspect = self._comparison.reel(SUSPECT)
        if suspect is not None and self._comparison.reel(SOURCE) is not None and self._exhibit and self._found:
            self.comparable.emit(Subject(self._exhibit, self._found, suspect.times))

    def _failed(self, role: str, error: BaseException) -> None:
        if self._comparison.reel(role) is None:
            pane = self.suspect_pane if role == SUSPECT else self.source_pane
            pane.show_message(words.problem(error), LOCATE if role == SOURCE else "")
            if role == SOURCE:
                self.mask_bar.set_available(False)
        self.errorOccurred.emit(error)

    def _mask_failed(self, error: BaseException) -> None:
        self._mask_problem = f"No mask: {words.problem(error)}".replace("\n", " ")
        self.mask_bar.set_mode(MaskMode.OFF)
        self.mask_bar.set_registered(False)
        self.mask_bar.set_words(self._mask_problem)
        self.errorOccurred.emit(error)

    # Showing

    def _show(self, pair: ShownPair) -> None:
        frame = pair.suspect.value
        if frame is not None:
            self.suspect_pane.show_frame(frame, mask=self._mask_picture(pair))
        elif pair.suspect.error is not None:
            self.suspect_pane.show_message(words.problem(pair.suspect.error))
        self._show_source_frame(pair)
        self._tell_mask(pair)
        self.transport.show_frame(pair.index, pair.time)
        self.timeline.set_position(pair.time)
        self.momentChanged.emit(pair.time)

    def _show_source_frame(self, pair: ShownPair) -> None:
        if self._candidate is None or self._comparison.reel(SOURCE) is None:
            return
        if pair.source is None:
            self.source_pane.show_message(words.no_source_frame(self._candidate.alignment))
        elif pair.source.error is not None:
            self.source_pane.show_message(words.problem(pair.source.error))
        elif pair.localized is not None and pair.localized.warped is not None:
            self.source_pane.show_frame(pair.source.value, picture=pair.localized.warped, note="registered")
        else:
            self.source_pane.show_frame(pair.source.value)

    def _show_mask(self, pair: ShownPair) -> None:
        if pair.suspect.value is not None:
            self.suspect_pane.view.set_mask(self._mask_picture(pair))
        self._tell_mask(pair)

    def _tell_mask(self, pair: ShownPair) -> None:
        wanted = self.mask_bar.mode is not MaskMode.OFF and self._comparison.reel(SOURCE) is not None
        kind = self.mask_bar.kind
        told = self._mask_problem
        if wanted:
            named = self.mask_bar.choices.several
            told = words.about_mask(pair, playing=self._clock.playing, kind=kind, named=named)
        self.mask_bar.set_words(told)
        if (mask := pair.mask.mask) is not None:
            self.mask_bar.choices.set_tells_kinds(mask.graphics is not None and mask.altered is not None)

    def _choices_changed(self) -> None:
        bar = self.mask_bar
        self.suspect_pane.view.set_mask_mode(bar.mode, bar.opacity)
        wanted = bar.mode is not MaskMode.OFF
        self._comparison.set_needs(Needs(wanted, bar.registered, bar.method if wanted else None))
        if self._comparison.shown is not None:
            self._show_mask(self._comparison.shown)

    def _mask_picture(self, pair: ShownPair) -> GreyPicture | None:
        return mask_of_kind(pair.mask.mask, self.mask_bar.kind) if pair.mask.mask is not None else None

    def _link(self, other: Pane, view: ViewState) -> None:
        mirrored = self._candidate is not None and self._candidate.mirrored and not self.mask_bar.registered
        # What is left in a mirrored suspect is right in its source.
        other.view.set_view(replace(view, x=1 - view.x) if mirrored else view)

    # Building

    def _lay_out(self) -> None:
        pictures = QWidget(self)
        row = QHBoxLayout(pictures)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.suspect_pane, 1)
        row.addWidget(self.source_pane, 1)
        above = _column(self.mask_bar, pictures, self.transport, tall=pictures)
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.addWidget(above)
        splitter.addWidget(self.timeline)
        splitter.addWidget(self.regions)
        splitter.setStretchFactor(0, 5)
        splitter.setStretchFactor(1, 1)
        splitter.setStretchFactor(2, 1)
        splitter.setCollapsible(0, False)
        splitter.setSizes([450, 225, 125])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)
        for action in self.actions():
            self.addAction(action)

    def _connect(self) -> None:
        comparison = self._comparison
        comparison.opened.connect(self._opened)
        comparison.failed.connect(self._failed)
        comparison.maskFailed.connect(self._mask_failed)
        comparison.pairShown.connect(self._show)
        comparison.maskChanged.connect(self._show_mask)
        comparison.slowed.connect(self.transport.set_slow)
        comparison.waiting.connect(self._wait)
        comparison.decodedChanged.connect(self._show_decoded)
        self._clock.loopChanged.connect(self.timeline.set_loop)
        self.timeline.seekRequested.connect(self._clock.seek)
        comparison.methodsKnown.connect(self.mask_bar.choices.set_methods)
        self.mask_bar.changed.connect(self._choices_changed)
        self.mask_bar.fitRequested.connect(self.suspect_pane.view.show_all)
        self.mask_bar.oneToOneRequested.connect(self.suspect_pane.view.show_one_to_one)
        self.mask_bar.zoomRequested.connect(self.suspect_pane.view.zoom)
        self.suspect_pane.view.viewChanged.connect(partial(self._link, self.source_pane))
        self.source_pane.view.viewChanged.connect(partial(self._link, self.suspect_pane))
        self.source_pane.actionTriggered.connect(self._locate)
        self._choices_changed()

    def _wait(self) -> None:
        for pane in (self.suspect_pane, self.source_pane):
            if pane.view.picture is not None:
                pane.view.set_waiting(True)

    def _show_decoded(self, role: str, stretches: tuple[tuple[float, float], ...]) -> None:
        if role == SUSPECT:
            self.transport.scrub.set_decoded(stretches)

    def _locate(self) -> None:
        if self._candidate is not None:
            self.locateRequested.emit(self._candidate)


def _column(*widgets: QWidget, tall: QWidget) -> QWidget:
    """Widgets below each other without gaps; `tall` gets the room that is left."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget, 1 if widget is tall else 0)
    return holder


def _stretches(candidate: Candidate | None) -> tuple[tuple[float, float], ...]:
    """Where the suspect is aligned, seconds."""
    segments = candidate.alignment.segments if candidate is not None else ()
    return tuple((segment.suspect_start, segment.suspect_end) for segment in segments)


def _same_candidate(one: Candidate | None, other: Candidate | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.rank, one.source.id, one.alignment) == (other.rank, other.source.id, other.alignment)
