"""Measured numbers with their 95 % intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z = 1.959964
"""Standard deviations of a normal distribution that hold 95 % of it, on both sides of the mean."""

DRAWS = 2000
"""Times a sample is drawn anew for a bootstrap interval."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many.

    Attributes:
        hits: how many did; count: how many there were.
    """

    hits: int
    count: int

    @classmethod
    def of(cls, outcomes: Iterable[bool]) -> Share:
        """Counts those that are true."""
        listed = list(outcomes)
        return cls(sum(map(bool, listed)), len(listed))

    @property
    def value(self) -> float:
        """The share itself, 0 to 1; not a number where there was nothing to count."""
        return self.hits / self.count if self.count else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval after Wilson, which stays within 0 and 1 and is right for few and for all."""
        if not self.count:
            return 0.0, 1.0
        n, p = self.count, self.value
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * float(np.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)))
        return max(middle - half, 0.0), min(middle + half, 1.0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that is no share, with its 95 % interval from `low` to `high`."""

    value: float
    low: float
    high: float


def bootstrap(
    measure: Callable[..., float], *samples: NDArray[np.float64], seed: int = 0, draws: int = DRAWS
) -> Estimate:
    """What a measure gives on samples, and between which values it lies on 95 % of samples drawn anew from these.

    Args:
        measure: takes as many arrays as there are samples.
        samples: each is drawn anew by its rows, with repetition and independently of the others.
        seed: of the draws.
        draws: how many.
    """
    random = np.random.default_rng(seed)
    found = [
        measure(*(sample[random.integers(0, len(sample), len(sample))] for sample in samples)) for _ in range(draws)
    ]
    low, high = np.percentile(found, (2.5, 97.5))
    return Estimate(float(measure(*samples)), float(low), float(high))
