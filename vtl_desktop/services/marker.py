"""The Localizator that all masks of this process are made with; torch is loaded when the first is asked for."""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING

from vtl_desktop.core.localization import FITTED_DIFFERENCE, LOCALIZATOR

if TYPE_CHECKING:
    from vtl_desktop.networks.marking import Marker

_loading = threading.Lock()


def shared_marker(device: str = "auto") -> Marker:
    """The Localizator with the weights that ship with the program, loaded once a device.

    Args:
        device: "auto", "cpu" or "cuda".

    Raises:
        WeightsError: they are missing or damaged.
    """
    with _loading:
        return _load(device)


@cache
def methods() -> tuple[str, ...]:
    """The ways in which masks can be made here, the default first: without weights there is the fitted difference."""
    from vtl_desktop.networks.weights import load_manifest

    known = "localizator" in load_manifest().entries
    return (LOCALIZATOR, FITTED_DIFFERENCE) if known else (FITTED_DIFFERENCE,)


@cache
def _load(device: str) -> Marker:
    from vtl_desktop.networks.marking import Marker

    return Marker.load(device=device)
