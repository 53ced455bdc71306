"""The encoder, loaded once a process and shared by enrolling and tracing. torch is imported here, on first use."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtl_desktop.networks.inference import Encoder

_encoders: dict[tuple[int, str], Encoder] = {}
_lock = threading.Lock()


def encoder_for(bits: int, device: str = "auto") -> Encoder:
    """The default weights at a code length, on a device.

    Raises:
        WeightsError: the weights are missing or damaged.
    """
    with _lock:
        if (bits, device) not in _encoders:
            from vtl_desktop.networks.inference import Encoder

            _encoders[bits, device] = Encoder.load(bits=bits, device=device)
        return _encoders[bits, device]
