"""Marks that were computed, compressed, so that a loop, a second look or the background job's work costs nothing."""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vtl_desktop.core.case import Exhibit
    from vtl_desktop.core.tracing import Candidate
    from vtl_desktop.networks.marking import Marks

KEPT_BYTES = 64 << 20
"""Of one suspect and candidate: a few kilobytes a frame, so several minutes at least."""

PAIRS_KEPT = 4
"""Suspects and candidates whose marks are kept: an analyst goes back and forth between the nearest few."""

_FAST = 1


class MarkStore:
    """What the Localizator marked in frames of one suspect against one candidate; for several threads.

    The marks that were not asked for the longest go first when there are too many.
    """

    def __init__(self, most: int = KEPT_BYTES) -> None:
        """Args:
        most: bytes.
        """
        self._most, self._bytes = most, 0
        self._rows: OrderedDict[int, tuple[tuple[int, int], bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, index: int, marks: Marks) -> None:
        """Keeps the marks of a frame of the suspect."""
        packed = zlib.compress(np.stack([marks.graphics, marks.altered]).tobytes(), _FAST)
        with self._lock:
            self._forget(index)
            self._rows[index] = (marks.altered.shape, packed)
            self._bytes += len(packed)
            while self._bytes > self._most and len(self._rows) > 1:
                self._forget(next(iter(self._rows)))

    def get(self, index: int) -> Marks | None:
        """The marks of a frame, or None where they are not kept."""
        with self._lock:
            row = self._rows.get(index)
            if row is None:
                return None
            self._rows.move_to_end(index)
        from vtl_desktop.networks.marking import Marks

        (height, width), packed = row
        graphics, altered = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(2, height, width)
        return Marks(graphics, altered)

    def _forget(self, index: int) -> None:
        row = self._rows.pop(index, None)
        if row is not None:
            self._bytes -= len(row[1])


class MarkStores:
    """One store a suspect, candidate and alignment; those not asked for the longest are forgotten."""

    def __init__(self, most: int = PAIRS_KEPT) -> None:
        """Args:
        most: stores.
        """
        self._most = most
        self._stores: OrderedDict[tuple[object, ...], MarkStore] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, exhibit: Exhibit, candidate: Candidate) -> MarkStore:
        """The store of a pair; another alignment gives other masks, and so another store."""
        key = (exhibit.sha256, candidate.source.path, candidate.mirrored, candidate.alignment)
        with self._lock:
            store = self._stores.setdefault(key, MarkStore())
            self._stores.move_to_end(key)
            while len(self._stores) > self._most:
                self._stores.popitem(last=False)
            return store
