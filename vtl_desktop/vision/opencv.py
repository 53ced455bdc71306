"""OpenCV, untyped: its stubs promise every picture to be "any integer or float", which no checker can use."""

from __future__ import annotations

from typing import Any

import cv2 as _cv2

cv2: Any = _cv2
