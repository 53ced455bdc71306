from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.core.localization import FITTED_DIFFERENCE, Mask, Registration


def test_registration_in_words() -> None:
    mirrored = Registration((-0.5, 0, 100, 0, 0.5, 0, 0, 0, 1), mirrored=True, inliers=200)
    words = mirrored.describe((200, 100), (200, 100))
    assert words == "mirrored, its width spans 50% of the source's width"
    turned = Registration((0.9848, -0.1736, 0, 0.1736, 0.9848, 0, 0, 0, 1), inliers=50)
    assert "turned 10.0 degrees" in turned.describe((200, 100), (200, 100))
    assert "not confirmed" in Registration((1, 0, 0, 0, 1, 0, 0, 0, 1)).describe((10, 10), (10, 10))


def test_changed_share_counts_what_is_above_the_threshold() -> None:
    picture = np.zeros((10, 10), np.uint8)
    picture[:2] = 128
    picture[2:4] = 127
    mask = Mask(picture, FITTED_DIFFERENCE, 0, 0, Registration((1, 0, 0, 0, 1, 0, 0, 0, 1)))
    assert mask.changed_share == pytest.approx(0.2)
