"""Whether the same things move: registered pictures of two videos, compared by what changes in them over time.

Another take of a scene has the same room, the same light, often the same person, and codes and keypoints agree on it.
What moves in it is elsewhere at every moment, so the temporal deviations of its pixels have nothing in common with the
suspect's. A copy's have, whatever was done to its colours, and a forged region takes its own cells out only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Greys = NDArray[np.float32]

CELL = 6
"""Pixels a side of the cells that are judged each for itself."""

_ALIKE = 0.85
"""Correlation from which a cell counts as moving alike. Somebody who does the same thing once more reaches .5 to .8; a
copy stays above, however it was compressed."""

_MOVES = 3.0
"""Standard deviation over time, in levels, from which a cell counts as moving: grain and codecs stay below."""

_STRONGEST = 30.0
"""Levels beyond which a cell weighs no more: a few flashing cells must not decide for all others."""

_FEWEST = 6
"""Cells that have to move before anything is said."""


def shared_motion(suspect: Greys, source: Greys, inside: NDArray[np.bool_]) -> float | None:
    """The share of what moves in one that moves alike in the other; of both shares the greater.

    Of both, as what was added to a copy moves in the suspect alone, and what was removed in the source alone.

    Args:
        suspect: grey levels at several moments, float32 [n, h, w], about 100 pixels wide, softened a little.
        source: of the same moments, laid over the suspect's, the same shape.
        inside: where the source has pixels, bool [h, w].

    Returns:
        0 to 1, weighted by how strongly cells move; None where too little moves to tell.
    """
    if len(suspect) < 3:
        return None
    first, second = _deviations(suspect, inside), _deviations(source, inside)
    count = _cells(np.broadcast_to(inside, suspect.shape).astype(np.float32))
    own, other, common = (_cells(x) for x in (first * first, second * second, first * second))
    whole = count >= 0.5 * len(suspect) * CELL * CELL
    alike = common > _ALIKE * np.sqrt(own * other)
    shares = []
    for energy in (own, other):
        strength = np.sqrt(energy / np.maximum(count, 1))
        moving = whole & (strength > _MOVES)
        if moving.sum() >= _FEWEST:
            weight = np.minimum(strength, _STRONGEST) * moving
            shares.append(float(weight[alike].sum() / weight.sum()))
    return max(shares, default=None)


def _deviations(greys: Greys, mask: NDArray[np.bool_]) -> Greys:
    """How far each pixel is from its mean over time, without what brightens the whole picture; 0 outside the mask."""
    away = greys - greys.mean(axis=0)
    if mask.any():
        away -= np.median(away[:, mask], axis=1)[:, None, None]
    return (away * mask).astype(np.float32)


def _cells(values: Greys) -> Greys:
    """Sums over time and over cells: [n, h, w] to [h // CELL, w // CELL]."""
    height, width = values.shape[1] // CELL, values.shape[2] // CELL
    cut = values[:, : height * CELL, : width * CELL]
    return cut.reshape(len(values), height, CELL, width, CELL).sum(axis=(0, 2, 4))
