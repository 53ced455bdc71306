"""Colours and sharpness of the source brought to the suspect's, so that only what was changed locally still differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import Picture
from vtl_desktop.vision.colours import MODELS, UNCHANGED, ColourModel, FloatPicture
from vtl_desktop.vision.opencv import cv2

SAMPLE_SIDE = 96
"""Colours are compared on pictures whose short side is this: averaging takes noise and small shifts out."""

FEWEST = 200
"""Samples under which the colours are left as they are."""

MOST = 10000
"""Samples that are enough for any of the models."""

CAP = 24.0
"""Grey levels: a sample that is off by more counts as changed locally, and no more than that."""

SHARPNESS = (0.0, 0.6, 1.0, 1.5, 2.1, 2.8, 3.6)
"""Standard deviations of the blurs tried, in pixels at working size."""

BLUR_PRICE = 0.06
"""What each pixel of blur must gain: two pictures agree the better the more both are blurred."""

UNEXPLAINED = 0.5
"""Share of the suspect's own spread of colours that a rendition may leave over on median ground, else it is no copy."""

CERTAIN = 8.0
"""Grey levels left over that are always accepted."""

Triple = tuple[Picture, Picture, NDArray[np.bool_]]
"""Suspect, source laid over it, where the source has pixels; all of one size."""


@dataclass(frozen=True, slots=True, eq=False)
class Rendition:
    """How the source was rendered in the suspect, apart from where: it holds for a whole segment.

    Attributes:
        colours: the source's colours to the suspect's.
        blur_suspect, blur_source: standard deviations in pixels at working size; one of them is 0.
        explained: the source's colours say what the suspect's are; without, the two show different things, or lie
            wrongly over each other, and colours and blurs are left alone.
    """

    colours: ColourModel = field(repr=False, default=UNCHANGED)
    blur_suspect: float = 0.0
    blur_source: float = 0.0
    explained: bool = True

    def apply(self, suspect: Picture, warped: Picture) -> tuple[FloatPicture, FloatPicture]:
        """Both made alike: float32 [height, width, 3], 0 to 255."""
        return _blurred(suspect.astype(np.float32), self.blur_suspect), _blurred(
            self.colours(warped.astype(np.float32)), self.blur_source
        )


def fit_rendition(triples: Sequence[Triple]) -> Rendition:
    """Finds colours and sharpness robustly: what was changed locally has little say.

    Args:
        triples: of one segment of the suspect, at working size.
    """
    colours = fit_colours(triples)
    if not _explains(colours, triples):
        return Rendition(explained=False)
    return Rendition(colours, *fit_sharpness(triples, colours))


def _explains(colours: ColourModel, triples: Sequence[Triple]) -> bool:
    """Whether the source's colours say what the suspect's are: no fit may make two different scenes alike."""
    samples = [_samples(*triple) for triple in triples]
    before = np.concatenate([a for a, _ in samples])
    after = np.concatenate([b for _, b in samples])
    if len(before) < FEWEST:
        return True
    left = float(np.median(np.abs(colours(before[None])[0] - after)))
    spread = float(np.median(np.abs(after - np.median(after, axis=0))))
    return left <= max(UNEXPLAINED * spread, CERTAIN)


def fit_colours(triples: Sequence[Triple]) -> ColourModel:
    """The simplest colour model that explains the samples nearly as well as the best.

    Returns:
        The model; `UNCHANGED` where too little overlaps.
    """
    samples = [_samples(*triple) for triple in triples]
    before = np.concatenate([a for a, _ in samples])
    after = np.concatenate([b for _, b in samples])
    if len(before) < FEWEST:
        return UNCHANGED
    step = max(len(before) // MOST, 1)
    before, after = np.ascontiguousarray(before[::step]), np.ascontiguousarray(after[::step])
    tried: list[tuple[float, ColourModel]] = []
    for fit in MODELS:
        model = fit(before, after)
        if model is not None:
            apart = np.abs(model(before[None])[0] - after).mean(axis=1)
            tried.append((float(np.minimum(apart, CAP).mean()), model))
    best = min(cost for cost, _ in tried)
    return next(model for cost, model in tried if cost <= 1.08 * best + 0.1)


def fit_sharpness(triples: Sequence[Triple], colours: ColourModel) -> tuple[float, float]:
    """The blur of the sharper side with which the better part of the picture agrees best: (suspect's, source's)."""
    greys = []
    for suspect, warped, inside in triples[:3]:
        rendered = np.clip(colours(warped.astype(np.float32)), 0, 255).astype(np.uint8)
        left, right = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (suspect, rendered))
        greys.append((left, right, inside[::2, ::3]))

    def cost(blur_suspect: float, blur_source: float) -> float:
        total = 0.0
        for left, right, inside in greys:
            apart = cv2.absdiff(_blurred(left, blur_suspect), _blurred(right, blur_source))[::2, ::3][inside]
            total += float(np.minimum(apart, 12).mean()) if len(apart) else 0.0
        return total * (1 + BLUR_PRICE * (blur_suspect + blur_source))

    plain = cost(0, 0)
    source, price = _descend(lambda blur: cost(0, blur), plain)
    suspect, other_price = _descend(lambda blur: cost(blur, 0), plain)
    return (0.0, source) if price <= other_price else (suspect, 0.0)


def _descend(cost: Callable[[float], float], plain: float) -> tuple[float, float]:
    """The first blur after which the cost rises again, and its cost."""
    chosen, best = 0.0, plain
    for blur in SHARPNESS[1:]:
        now = cost(blur)
        if now > best:
            break
        chosen, best = blur, now
    return chosen, best


def _blurred(picture: NDArray, sigma: float) -> NDArray:
    return cv2.GaussianBlur(picture, (0, 0), sigma) if sigma > 0 else picture


def _samples(suspect: Picture, warped: Picture, inside: NDArray[np.bool_]) -> tuple[FloatPicture, FloatPicture]:
    factor = min(SAMPLE_SIDE / min(suspect.shape[:2]), 1.0)
    size = (max(round(suspect.shape[1] * factor), 1), max(round(suspect.shape[0] * factor), 1))
    a = cv2.resize(warped, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    b = cv2.resize(suspect, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    whole = cv2.resize(inside.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) == 255
    return a[whole], b[whole]
