"""Numpy pictures as pixmaps, for thumbnails and posters. Playback paints on its own, without copies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap


def to_image(picture: NDArray[np.uint8]) -> QImage:
    """A picture as an image of its own (the array may go).

    Args:
        picture: RGB uint8 [h, w, 3] or grey uint8 [h, w].
    """
    picture = np.ascontiguousarray(picture)
    kind = QImage.Format.Format_Grayscale8 if picture.ndim == 2 else QImage.Format.Format_RGB888
    height, width = picture.shape[:2]
    return QImage(picture.data, width, height, picture.strides[0], kind).copy()


def to_pixmap(picture: NDArray[np.uint8], size: QSize, scale: float = 1.0) -> QPixmap:
    """A picture fitted into a size, proportions kept.

    Args:
        picture: see `to_image`.
        size: device-independent pixels; scale: device pixels a device-independent one.
    """
    fitted = to_image(picture).scaled(
        size * scale, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    fitted.setDevicePixelRatio(scale)
    return QPixmap.fromImage(fitted)
