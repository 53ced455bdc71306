"""How well the leader's distance tells suspects whose source is enrolled from strangers, whose source is not."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.training.evaluation.intervals import Estimate, Share, bootstrap

TRUE_TRACE_RATE = 0.95


def auroc(known: NDArray[np.float64], strangers: NDArray[np.float64]) -> float:
    """The chance that the leader of a suspect with a source is nearer than that of a stranger; half for equal ones.

    Args:
        known: leader's distances of suspects whose source is enrolled, [n], n >= 1; infinite where nothing was found.
        strangers: the same of suspects without a source, [m], m >= 1.
    """
    ordered = np.sort(strangers)
    farther = len(ordered) - np.searchsorted(ordered, known, side="right")
    equal = np.searchsorted(ordered, known, side="right") - np.searchsorted(ordered, known, side="left")
    return float((farther + 0.5 * equal).mean() / len(ordered))


def limit_for(known: NDArray[np.float64], rate: float = TRUE_TRACE_RATE) -> float:
    """The least distance within which that share of the suspects with a source have their leader."""
    # Rounded, as 0.95 * 20 is a little more than 19.
    return float(np.sort(known)[max(math.ceil(round(rate * len(known), 9)), 1) - 1])


def false_alarm_rate(
    known: NDArray[np.float64], strangers: NDArray[np.float64], rate: float = TRUE_TRACE_RATE
) -> float:
    """The share of strangers whose leader is within the distance that lets `rate` of the others pass."""
    return float((strangers <= limit_for(known, rate)).mean())


def false_alarms(known: NDArray[np.float64], strangers: NDArray[np.float64], *, seed: int = 0) -> Estimate:
    """The false-alarm rate with its 95 % interval: by bootstrap, or Wilson's where none or all are within the limit."""
    estimate = bootstrap(false_alarm_rate, known, strangers, seed=seed)
    if 0 < estimate.value < 1:
        return estimate
    # Drawing anew from nothing but passes gives nothing but passes: the interval would be empty.
    return Estimate(estimate.value, *Share(round(estimate.value * len(strangers)), len(strangers)).interval)
