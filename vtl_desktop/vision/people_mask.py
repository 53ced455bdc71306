"""Where people are, without a network: what moves by itself, skin beside it, and the picture's own edges.

No detector is used. OpenCV 5 has neither the HOG people detector nor the Haar cascades of earlier versions, and results
that depend on the version would not be evidence. So somebody who sits quite still, or a crowd that fills the picture,
is not found; the mask is then empty.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import Picture
from vtl_desktop.core.motion_matching import LIVELY
from vtl_desktop.vision.opencv import cv2

Mask = NDArray[np.bool_]

_SIDE = 96
"""Pixels of the squeezed picture that is looked at: outlines to one in a hundred are enough to cover somebody."""

_OF_THE_STRONGEST = 0.3
"""A cell moves that moves by this share of what the liveliest few do: shadows and compression move less."""

_LIVELIEST = 3

_MOST = 0.85
"""A mask of more of the picture leaves no scene to speak of: it is not used."""

_SKIN = np.array([[40, 135, 80], [250, 175, 130]], np.uint8)
"""Least and greatest Y, Cr, Cb of skin of any tone, a common choice (Chai and Ngan 1999, a little wider)."""

_CUTS = 3


def people_mask(picture: Picture, energy: NDArray[np.floating]) -> Mask:
    """The people in a picture, grown a little, so that their outline is covered, too.

    Args:
        picture: RGB, uint8 [h, w, 3].
        energy: how strongly things move about that time, widths a second, over any grid that fills the picture;
            `MotionSignature.energy` gives it, averaged over time.

    Returns:
        bool [h, w]; all False where nobody is found or hardly anything else would be left. The same picture always
        gives the same mask.
    """
    height, width = picture.shape[:2]
    none = np.zeros((height, width), bool)
    strongest = float(np.sort(energy, axis=None)[-_LIVELIEST:].mean())
    if strongest < 0.5 * LIVELY:
        return none
    small = np.asarray(cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    spread = cv2.resize(np.asarray(energy, np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR)
    moving = spread > max(_OF_THE_STRONGEST * strongest, 0.3 * LIVELY)
    cut = _cut_out(small, _seeds(small, moving))
    grown = cv2.dilate(cut, _disc(7))
    whole = cv2.resize(grown, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    return whole if whole.mean() <= _MOST else none


def without_people(picture: Picture, mask: Mask) -> Picture:
    """The picture with the masked part filled by a wide average of what lies around it.

    So smooth that no outline is left which could pass for scenery (FPVT's black silhouettes did).

    Args:
        picture: RGB, uint8 [h, w, 3].
        mask: bool [h, w].

    Returns:
        RGB, the same shape; the picture itself where the mask is empty or covers everything.
    """
    if not mask.any() or mask.all():
        return picture
    outside = (~mask).astype(np.float32)[..., None]
    total, weight = picture * outside, outside
    filled, known = np.zeros(picture.shape, np.float32), np.zeros(mask.shape, np.float32)
    # From near to far: close to the edge its neighbours count, deep inside what is farther away.
    for share in (0.03, 0.1, 0.3):
        sigma = share * max(picture.shape[:2])
        around, sure = (cv2.GaussianBlur(x, (0, 0), sigma) for x in (total, weight))
        take = np.clip(sure * 4 - known, 0.0, 1.0 - known)
        filled += around / np.maximum(sure, 1e-6)[..., None] * take[..., None]
        known += take
    mean = (picture * outside).sum(axis=(0, 1)) / outside.sum()
    filled += mean * (1.0 - known)[..., None]
    return np.where(mask[..., None], np.rint(filled), picture).astype(np.uint8)


def _seeds(small: Picture, moving: Mask) -> NDArray[np.uint8]:
    """What is certainly or probably somebody, or scenery, in the classes of `cv2.grabCut`, [h, w]."""
    near, reach = (cv2.dilate(moving.astype(np.uint8), _disc(_SIDE // part)) > 0 for part in (12, 3))
    tones = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb)
    skin = (cv2.inRange(tones, _SKIN[0], _SKIN[1]) > 0) & reach
    classes = np.full(moving.shape, cv2.GC_BGD, np.uint8)
    classes[near] = cv2.GC_PR_BGD
    # Whoever stands or sits in front of a camera reaches down: below what moves is more likely somebody than not.
    classes[np.maximum.accumulate(moving, axis=0)] = cv2.GC_PR_FGD
    classes[skin] = cv2.GC_PR_FGD
    classes[moving & skin] = cv2.GC_FGD
    return classes


def _cut_out(small: Picture, classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 for somebody, 0 for scenery: along the picture's edges where it has some (GrabCut)."""
    front = (classes == cv2.GC_FGD) | (classes == cv2.GC_PR_FGD)
    if not front.all() and front.any():
        cv2.setRNGSeed(0)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        try:
            cv2.grabCut(small, classes, None, *models, _CUTS, cv2.GC_INIT_WITH_MASK)
            cut = (classes == cv2.GC_FGD) | (classes == cv2.GC_PR_FGD)
            # Colours that cannot be told apart give nothing: what moves is then all that is known.
            front = cut if cut.sum() >= 0.3 * front.sum() else front
        except cv2.error:
            # Too few pixels of one class for its colours.
            pass
    closed = cv2.morphologyEx(front.astype(np.uint8), cv2.MORPH_CLOSE, _disc(9))
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, _disc(5)), np.uint8)


def _disc(width: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width | 1, width | 1)), np.uint8)
