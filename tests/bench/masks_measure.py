"""Methods run over samples: scores of each, and how many masks a second they make."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from masks_material import Sample

from vtl_desktop.training.comparators.comparator import Comparator
from vtl_desktop.training.evaluation.mask_scores import displaced, falsely_marked, flicker, iou
from vtl_desktop.vision.laying import LaidOver

SPEED_SIZE = (640, 360)
"""Width and height: what a 480p picture of 16:9 is compared at."""


@dataclass(frozen=True)
class Score:
    """How a method did on one suspect; means over its frames.

    Attributes:
        method, kind: which; suspect: with the seed it was made from.
        material: what it was measured on, such as "suspects" or a way of coding.
        forged: something was changed in it.
        shift: pixels by which the source was laid beside its place.
        iou: of forgeries with the truth, 0 to 1; of others not a number.
        false: share of the picture marked that was not changed, 0 to 1; of others it is all that is marked.
        flicker, flips: see `mask_scores.flicker`; not a number where it was not measured.
    """

    material: str
    method: str
    suspect: str
    kind: str
    forged: bool
    shift: float
    iou: float
    false: float
    flicker: float
    flips: float


def measured(
    methods: Mapping[str, Comparator],
    samples: Iterable[Sample],
    material: str,
    *,
    shifts: Sequence[float] = (),
    seed: int = 0,
) -> Iterator[Score]:
    """Scores of all methods, suspect by suspect.

    Args:
        methods: by name.
        samples: each is looked at once, and let go.
        material: what they are called.
        shifts: pixels by which the source of forgeries is laid beside its place as well, in a direction of its own for
            each suspect; only the first run's first four frames, with shift 0 for comparison under a name of its own.
        seed: of the suspects, and of the directions.
    """
    for number, sample in enumerate(samples):
        angle = np.random.default_rng([seed, number]).uniform(0, 2 * math.pi)
        for name, method in methods.items():
            yield _score(name, method, sample, material, seed)
            for shift in shifts if sample.forged else ():
                yield _score(name, method, _moved(sample, shift, angle), f"{material}, moved", seed, shift)


def _moved(sample: Sample, shift: float, angle: float) -> Sample:
    right, down = shift * math.cos(angle), shift * math.sin(angle)
    run = [displaced(pair, right, down) if shift else pair for pair in sample.runs[0][:4]]
    return Sample(sample.name, sample.kind, sample.forged, [run], [sample.truths[0][:4]])


def _score(name: str, method: Comparator, sample: Sample, material: str, seed: int, shift: float = 0.0) -> Score:
    overlaps, false, flickers, flips = [], [], [], []
    for run, truths in zip(sample.runs, sample.truths, strict=True):
        masks = method.mark(run)
        overlaps += [iou(mask, truth) for mask, truth in zip(masks, truths, strict=True)]
        false += [falsely_marked(mask, truth) for mask, truth in zip(masks, truths, strict=True)]
        if len(masks) > 1:
            grey, marked = flicker(np.stack(masks), np.stack(truths))
            flickers.append(grey)
            flips.append(marked)
    overlap = float(np.mean(overlaps)) if sample.forged else math.nan
    steady = [float(np.mean(values)) if values else math.nan for values in (flickers, flips)]
    return Score(
        material,
        name,
        f"seed {seed}, {sample.name}",
        sample.kind,
        sample.forged,
        shift,
        overlap,
        float(np.mean(false)),
        *steady,
    )


@dataclass(frozen=True)
class Speed:
    """Masks a second of a method.

    Attributes:
        cores: threads it could use; wall: by the clock; processor: by processor time of all threads.
    """

    method: str
    cores: int
    wall: float
    processor: float


def speeds(methods: Mapping[str, Comparator], sample: Sample, cores: Sequence[int], seconds: float) -> list[Speed]:
    """How many masks a second each method makes of pairs that lie over each other, at 640 x 360.

    Args:
        methods: by name.
        sample: whose first run is enlarged or made smaller to that size.
        cores: numbers of threads.
        seconds: to measure each, at least two windows.
    """
    run = [_resized(pair) for pair in sample.runs[0][:4]]
    before = torch.get_num_threads(), cv2.getNumThreads()
    out = []
    for count in cores:
        torch.set_num_threads(count)
        cv2.setNumThreads(count)
        for name, method in methods.items():
            method.mark(run)
            times: list[tuple[float, float]] = []
            until = time.perf_counter() + seconds
            while len(times) < 2 or time.perf_counter() < until:
                wall, processor = time.perf_counter(), time.process_time()
                method.mark(run)
                times.append((time.perf_counter() - wall, time.process_time() - processor))
            walls, processors = (float(np.median(column)) for column in zip(*times, strict=True))
            out.append(Speed(name, count, len(run) / walls, len(run) / processors))
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])
    return out


def _resized(pair: LaidOver) -> LaidOver:
    suspect, source, inside = (
        cv2.resize(part, SPEED_SIZE, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        for part in (pair.suspect, pair.source, pair.inside.astype(np.uint8))
    )
    return LaidOver(suspect, source, inside > 0)
