"""Which part of a picture a pane shows: plain arithmetic, so that two panes can be linked by one value."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF

MOST_ZOOM = 32.0
"""Screen pixels a picture pixel."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """A zoom and a place, independent of the sizes of picture and pane.

    Attributes:
        scale: 1 shows all of the picture, 2 half its width.
        x, y: what lies in the middle of the pane, as share of the picture's width and height.
    """

    scale: float = 1.0
    x: float = 0.5
    y: float = 0.5


FIT = ViewState()


@dataclass(frozen=True, slots=True)
class Stage:
    """A picture in a pane.

    Attributes:
        picture: size in picture pixels; pane: size in device-independent pixels; ratio: device pixels each.
    """

    picture: QSizeF
    pane: QSizeF
    ratio: float = 1.0

    @property
    def fit(self) -> float:
        """Device-independent pixels a picture pixel at which the whole picture just fits."""
        return min(self.pane.width() / self.picture.width(), self.pane.height() / self.picture.height())

    def magnification(self, view: ViewState) -> float:
        """Device pixels a picture pixel."""
        return self.fit * view.scale * self.ratio

    def kept_inside(self, view: ViewState) -> ViewState:
        """The view moved so that no more empty stage shows than must."""
        width, height = self._shown(view)
        return ViewState(
            view.scale, _inside(view.x, self.pane.width() / width), _inside(view.y, self.pane.height() / height)
        )

    def place(self, view: ViewState) -> QRectF:
        """Where the whole picture lies, in the pane's coordinates; mostly outside when zoomed in."""
        view = self.kept_inside(view)
        width, height = self._shown(view)
        return QRectF(self.pane.width() / 2 - view.x * width, self.pane.height() / 2 - view.y * height, width, height)

    def zoomed(self, view: ViewState, factor: float, at: QPointF) -> ViewState:
        """Zoomed by a factor, with the point of the picture under `at` (pane coordinates) staying there."""
        before = self.place(view)
        x, y = (at.x() - before.x()) / before.width(), (at.y() - before.y()) / before.height()
        natural = 1.0 / (self.fit * self.ratio)
        scale = min(max(view.scale * factor, min(1.0, natural)), max(MOST_ZOOM * natural, 1.0))
        width, height = self._shown(ViewState(scale))
        moved = ViewState(
            scale, x - (at.x() - self.pane.width() / 2) / width, y - (at.y() - self.pane.height() / 2) / height
        )
        return self.kept_inside(moved)

    def panned(self, view: ViewState, by: QPointF) -> ViewState:
        """Moved with the mouse by `by` (pane coordinates)."""
        width, height = self._shown(view)
        return self.kept_inside(ViewState(view.scale, view.x - by.x() / width, view.y - by.y() / height))

    def one_to_one(self, view: ViewState) -> ViewState:
        """A picture pixel on each device pixel."""
        return self.kept_inside(ViewState(1.0 / (self.fit * self.ratio), view.x, view.y))

    def seen(self, view: ViewState) -> QRectF:
        """The part of the picture inside the pane, in whole picture pixels (so that none is cut when magnified)."""
        place = self.place(view)
        across = self.picture.width() / place.width()
        down = self.picture.height() / place.height()
        left, top = max(-place.x() * across, 0.0), max(-place.y() * down, 0.0)
        right = min((self.pane.width() - place.x()) * across, self.picture.width())
        bottom = min((self.pane.height() - place.y()) * down, self.picture.height())
        x, y = int(left), int(top)
        return QRectF(
            x,
            y,
            min(int(right) + 1, int(self.picture.width())) - x,
            min(int(bottom) + 1, int(self.picture.height())) - y,
        )

    def part(self, view: ViewState, region: QRectF) -> QRectF:
        """Where a region of the picture lies in the pane."""
        place = self.place(view)
        across = place.width() / self.picture.width()
        down = place.height() / self.picture.height()
        return QRectF(
            place.x() + region.x() * across,
            place.y() + region.y() * down,
            region.width() * across,
            region.height() * down,
        )

    def _shown(self, view: ViewState) -> tuple[float, float]:
        factor = self.fit * view.scale
        return self.picture.width() * factor, self.picture.height() * factor


def _inside(centre: float, visible: float) -> float:
    """The middle, as share of the picture, kept so that the pane does not look past the picture's edge."""
    return 0.5 if visible >= 1 else min(max(centre, visible / 2), 1 - visible / 2)
