from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vtl_desktop.core.localization import FITTED_DIFFERENCE, Mask, Registration, Uncertainty
from vtl_desktop.storage.json_values import from_json, to_json


def test_what_is_known_of_the_place_follows_its_words() -> None:
    whole = (1.0, 0, 0, 0, 1, 0, 0, 0, 1)
    assert Registration(whole, inliers=200).describe((200, 100), (200, 100)) == "whole picture, unchanged place"
    known = Registration(whole, inliers=200, uncertainty=Uncertainty(0.1, 0.31))
    assert known.describe((200, 100), (200, 100)) == "whole picture, unchanged place, place known to ± 0.4 px"
    assert Registration(whole, inliers=50, uncertainty=Uncertainty(2, 13.2)).known_to == "place known to ± 14 px"
    assert "not confirmed" in Registration(whole).describe((10, 10), (10, 10))


def test_a_place_goes_through_json_and_comes_back_also_from_before_it_was_estimated() -> None:
    place = Registration((1.0, 0, 0, 0, 1, 0, 0, 0, 1), False, 90, "keypoints", 1.0, Uncertainty(0.25, 0.5))
    told = to_json(place)
    assert from_json(Registration, told) == place
    del told["uncertainty"]
    assert from_json(Registration, told) == replace(place, uncertainty=None)


def test_changed_share_counts_what_is_above_the_threshold() -> None:
    picture = np.zeros((10, 10), np.uint8)
    picture[:2] = 128
    picture[2:4] = 127
    mask = Mask(picture, FITTED_DIFFERENCE, 0, 0, Registration((1, 0, 0, 0, 1, 0, 0, 0, 1)))
    assert mask.changed_share == pytest.approx(0.2)
