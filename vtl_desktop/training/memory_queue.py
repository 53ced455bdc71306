"""Codes of earlier batches, kept as further negatives."""

from __future__ import annotations

import torch
from torch import Tensor

from vtl_desktop.training.losses import correlations


class MemoryQueue:
    """The newest codes of unchanged views, with thumbnails that tell which of them show the same picture.

    It is not part of a checkpoint: it fills again within a few batches.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self._codes: Tensor | None = None
        self._thumbnails: Tensor | None = None

    def push(self, codes: Tensor, thumbnails: Tensor) -> None:
        """Adds codes float [n, bits] with their pictures' thumbnails [n, pixels]; the oldest give way."""
        codes, thumbnails = codes.detach(), thumbnails.detach()
        if self._codes is not None and self._thumbnails is not None:
            codes, thumbnails = torch.cat([codes, self._codes]), torch.cat([thumbnails, self._thumbnails])
        self._codes, self._thumbnails = codes[: self.length], thumbnails[: self.length]

    def negatives(self, thumbnails: Tensor, threshold: float = 0.95) -> tuple[Tensor | None, Tensor | None]:
        """The codes, float [q, bits], and which show nearly what the given pictures show, bool [n, q]."""
        if self._codes is None or self._thumbnails is None:
            return None, None
        return self._codes, correlations(thumbnails, self._thumbnails) > threshold
