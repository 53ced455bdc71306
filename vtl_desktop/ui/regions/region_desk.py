"""Ties the changed regions to what is seen: list, lane, and the outline over the suspect's picture."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF

from vtl_desktop.core.regions import ChangedRegion
from vtl_desktop.core.survey import Survey
from vtl_desktop.ui.comparing.comparison import Comparison
from vtl_desktop.ui.playback.pane import SUSPECT
from vtl_desktop.ui.playback.picture_view import PictureView
from vtl_desktop.ui.regions.region_panel import RegionPanel
from vtl_desktop.ui.timeline.timeline_view import TimelineView


class RegionDesk(QObject):
    """One region is the selected one, in all three places."""

    def __init__(
        self, comparison: Comparison, panel: RegionPanel, timeline: TimelineView, view: PictureView, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._comparison, self._panel, self._timeline, self._view = comparison, panel, timeline, view
        self._survey: Survey | None = None
        self._selected: ChangedRegion | None = None
        panel.regionChosen.connect(self.go_to)
        panel.regionMarked.connect(self._select)
        panel.stepWanted.connect(self.step)
        comparison.pairShown.connect(lambda pair: self._outline(pair.time))

    def show_survey(self, found: Survey | None) -> None:
        """What is known of the changes against the candidate."""
        self._survey = found
        self._timeline.show_survey(found)
        self._panel.show_survey(found)

    def go_to(self, region: ChangedRegion) -> None:
        """Goes to where there is most of a region, and outlines it."""
        self._panel.select(region)
        self._select(region)
        self._comparison.clock.seek(region.peak_time)

    def step(self, by: int) -> None:
        """Goes to the peak of the next (1) or the previous (-1) region."""
        shown, reel = self._comparison.shown, self._comparison.reel(SUSPECT)
        if self._survey is None or shown is None or reel is None:
            self._panel.tell("No frame is examined yet.")
            return
        found = self._survey.next_region(by, shown.time, reel.frame_end(shown.index), self._selected)
        if found is not None:
            self.go_to(found)
        else:
            self._panel.tell(f"There is no changed region {'after' if by > 0 else 'before'} this moment.")

    def _select(self, region: ChangedRegion | None) -> None:
        self._selected = region
        self._timeline.mark_region(region.number if region is not None else 0)
        if self._comparison.shown is not None:
            self._outline(self._comparison.shown.time)

    def _outline(self, moment: float) -> None:
        """The selected region stays outlined for as long as it lasts."""
        region = self._selected
        if region is None or not region.covers(moment, step=1e-3):
            self._view.set_outline(None)
            return
        box = region.box_near(moment)
        self._view.set_outline(QRectF(box.left, box.top, box.width, box.height), f"{region.number}  {region.kind}")
