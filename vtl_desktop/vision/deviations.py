"""How small grey pictures of a video deviate from what stands still in their shot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Greys = NDArray[np.float32]
"""Levels, one row a frame: [n, pixels]."""

_CUT = 12.0
"""Mean change of a pixel from one frame to the next, levels, that may be a cut: a hand before the camera makes less."""

_CUT_STANDS_OUT = 4.0
"""And so many times the median of the changes around it, so that a shaken camera is none."""

_AROUND = 8
_ENOUGH = 24
_PIXELS = 400
"""Of so many the median is taken: of frames, and of pixels."""

_GAP = 0.5
"""Seconds without a frame after which another shot is supposed."""

_STRONGEST = 25.0
"""Levels: what deviates more counts as this much, so that a flash or a forged face does not outweigh all the rest."""

_FEW = 6.0
"""Standard deviation over the picture, levels, of a shot that is too plain to be told from another by its picture."""

_OFF, _MOST = 20.0, 0.5
"""Levels, and the share of pixels that are off by more in another scene."""

_UNLIKE = 0.3
"""Correlation below which two pictures are not of the same scene: a third of the picture forged leaves .5 and more."""


def shots(greys: Greys, times: NDArray[np.float64]) -> NDArray[np.int64]:
    """The number of the shot of each frame, int64 [n], from 0.

    Args:
        greys: [n, pixels].
        times: seconds, ascending, [n].
    """
    change = np.abs(np.diff(greys, axis=0)).mean(axis=1)
    usual = np.array(
        [np.median(change[max(at - _AROUND, 0) : at + _AROUND + 1]) for at in range(len(change))], np.float64
    )
    border = (change > _CUT) & (change > _CUT_STANDS_OUT * usual) | (np.diff(times) > _GAP)
    return np.concatenate([[0], np.cumsum(border)]).astype(np.int64)


def stills(greys: Greys, shot: NDArray[np.int64], shown: NDArray[np.int64] | None = None) -> Greys:
    """What stands still in each shot: the median over its frames, or some `_ENOUGH` of them, [shots, pixels].

    Args:
        greys: [n, pixels].
        shot: of each frame, [n], from 0.
        shown: the frames that count, numbers of rows, in any order and as often as they count; of a shot that has none,
            all do.
    """
    found = []
    for number in range(int(shot.max()) + 1):
        chosen = np.flatnonzero(shot == number) if shown is None else shown[shot[shown] == number]
        if not len(chosen):
            chosen = np.flatnonzero(shot == number)
        found.append(np.median(greys[chosen[:: max(len(chosen) // _ENOUGH, 1)]], axis=0))
    return np.stack(found)


def deviations(greys: Greys, still: Greys) -> Greys:
    """What differs from what stands still, without what brightens the whole picture: float32 [n, pixels].

    Args:
        greys: [n, pixels].
        still: of each frame's shot, [n, pixels], or of all, [pixels].
    """
    away = greys - still
    away -= np.median(away[:, :: max(away.shape[1] // _PIXELS, 1)], axis=1, keepdims=True)
    return np.clip(away, -_STRONGEST, _STRONGEST)


def other_scene(stills: Greys, others: Greys) -> NDArray[np.bool_]:
    """Which of two videos' shots show plainly different scenes, bool [shots, other shots].

    Neither their pictures have to be alike nor most of their pixels the same: a caption on a dark picture undoes the
    one, a change of colours the other.

    Args:
        stills, others: what stands still in the shots of each, [shots, pixels].
    """
    first, second = (still - still.mean(axis=1, keepdims=True) for still in (stills, others))
    own, other = np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1)
    alike = first @ second.T / np.maximum(own[:, None] * other[None, :], 1e-6)
    least = _FEW * np.sqrt(stills.shape[1])
    unlike = (alike < _UNLIKE) & (own > least)[:, None] & (other > least)[None, :]
    for number, source_number in np.argwhere(unlike):
        away = stills[number] - others[source_number]
        unlike[number, source_number] = np.mean(np.abs(away - np.median(away)) > _OFF) > _MOST
    return unlike
