"""Set before torch is loaded: on busy machines, threads that spin slow small networks down manifold."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """A folder to train on: ten pictures of coloured squares."""
    folder = tmp_path / "media" / "train_images"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in range(10):
        picture = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        cv2.imwrite(str(folder / f"{index}.png"), picture)
    return folder.parent
