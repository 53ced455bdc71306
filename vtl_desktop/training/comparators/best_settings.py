"""The settings of the plain measures that mark training pairs best."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.training.comparators.comparator import Measure, Thresholded
from vtl_desktop.training.comparators.measures import difference, dissimilarity

DIFFERENCE, SSIM = "difference", "ssim"

MEASURES: dict[str, tuple[Callable[[float], Measure], tuple[float, ...], NDArray[np.float64]]] = {
    DIFFERENCE: (difference, (0.0, 1.0, 2.0, 3.0, 4.5, 6.0), np.geomspace(1.0, 80.0, 60)),
    SSIM: (dissimilarity, (1.5, 2.5, 4.0, 6.0, 9.0), np.linspace(0.02, 1.2, 60)),
}
"""Of each measure: what makes it from its one parameter, the values that are tried, the thresholds that are tried."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Of a plain measure.

    Attributes:
        parameter: blur or window, pixels at working size.
        threshold: in the measure's unit.
        iou: mean over the training pairs it was found on.
    """

    parameter: float
    threshold: float
    iou: float

    def comparator(self, name: str) -> Thresholded:
        """The method with this setting; `name`: of `MEASURES`."""
        return Thresholded(MEASURES[name][0](self.parameter), self.threshold)


FOUND = {DIFFERENCE: Setting(2.0, 15.6, 0.581), SSIM: Setting(4.0, 0.3, 0.553)}
"""What `comparators.train --only plain` found on the pairs of the recipe that ships."""


def best_settings(files: Sequence[Path]) -> dict[str, Setting]:
    """For each measure the setting whose IoU with the truth, mean over frames in which something was changed, is best.

    Args:
        files: of `localizator_pairs`; one frame of each is looked at.
    """
    sums = {name: np.zeros((len(tried), len(limits))) for name, (_, tried, limits) in MEASURES.items()}
    count = 0
    for frame in _changed_frames(files):
        suspect, source, inside = frame[..., :3], frame[..., 3:6], frame[..., 6] > 127
        changed = frame[..., 7:9].max(2) > 127
        count += 1
        for name, (make, tried, limits) in MEASURES.items():
            for row, parameter in enumerate(tried):
                sums[name][row] += ious(make(parameter)(suspect, source, inside), changed, limits)
    found = {}
    for name, (_, tried, limits) in MEASURES.items():
        row, column = np.unravel_index(int(sums[name].argmax()), sums[name].shape)
        best = sums[name][row, column] / max(count, 1)
        found[name] = Setting(float(tried[row]), float(limits[column]), float(best))
    return found


def ious(
    values: NDArray[np.float32], changed: NDArray[np.bool_], thresholds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """IoU of (values > threshold) with the truth, for ascending thresholds; `changed` is not empty."""
    edges = np.concatenate([[-np.inf], thresholds, [np.inf]])

    # Side "left": a value equal to a threshold is not above it.
    def above(some: NDArray[np.float32]) -> NDArray[np.float64]:
        bins = np.searchsorted(edges, some, side="left") - 1
        counts = np.bincount(bins, minlength=len(thresholds) + 1)
        return counts[::-1].cumsum()[::-1][1:].astype(np.float64)

    hit, marked = above(values[changed]), above(values.ravel())
    return hit / (marked + changed.sum() - hit)


def _changed_frames(files: Sequence[Path]) -> Iterator[NDArray[np.uint8]]:
    for path in files:
        examples = np.load(path, mmap_mode="r")
        frame = np.array(examples[len(examples) // 2, 0])
        if (frame[..., 7:9] > 127).any():
            yield frame
