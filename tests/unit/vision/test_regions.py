"""Regions from surprise."""

from __future__ import annotations

import cv2
import numpy as np

from vtl_desktop.core.localization import CHANGED_THRESHOLD
from vtl_desktop.vision.regions import mark_regions


def test_a_strong_region_ends_where_it_ends_and_not_where_its_blur_ends() -> None:
    true = np.zeros((200, 300), np.float32)
    true[60:140, 100:200] = 1
    said = mark_regions(cv2.GaussianBlur(6 * true, (0, 0), 3), 3.0) > CHANGED_THRESHOLD
    assert abs(int(said.sum()) - int(true.sum())) < 0.06 * true.sum()


def test_what_never_reaches_the_decision_is_not_marked() -> None:
    weak = np.zeros((100, 100), np.float32)
    weak[20:50, 20:50] = 2.9
    assert not (mark_regions(weak, 3.0) > CHANGED_THRESHOLD).any()


def test_a_faint_part_joined_to_a_clear_one_belongs_to_it() -> None:
    surprise = np.zeros((100, 200), np.float32)
    surprise[40:60, 40:80] = 4
    surprise[40:60, 80:150] = 2.5
    said = mark_regions(surprise, 3.0) > CHANGED_THRESHOLD
    assert said[50, 140]


def test_one_spot_does_not_vouch_for_a_large_faint_region() -> None:
    surprise = np.full((100, 200), 2.0, np.float32)
    surprise[50:56, 50:56] = 4
    said = mark_regions(surprise, 3.0) > CHANGED_THRESHOLD
    assert said[53, 53]
    assert said.mean() < 0.01


def test_a_hole_is_filled_but_a_frame_round_the_picture_is_not() -> None:
    ring = np.zeros((120, 120), np.float32)
    cv2.circle(ring, (60, 60), 20, 5.0, 5)
    assert mark_regions(ring, 3.0)[60, 60] > CHANGED_THRESHOLD
    border = np.full((120, 120), 5, np.float32)
    border[8:112, 8:112] = 0
    assert not mark_regions(border, 3.0)[60, 60] > CHANGED_THRESHOLD
