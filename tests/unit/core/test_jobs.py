from __future__ import annotations

import pytest

from vtl_desktop.core.errors import Cancelled, VtlError
from vtl_desktop.core.jobs import CancelToken, part_of


def test_cancel_is_noticed() -> None:
    token = CancelToken()
    token.check()
    token.cancel()
    assert token.cancelled
    with pytest.raises(Cancelled):
        token.check()


def test_a_step_fills_its_part_of_the_whole() -> None:
    told = []
    step = part_of(lambda fraction, message: told.append((round(fraction, 3), message)), 0.5, 0.7)
    step(0.5, "half")
    step(7, "too much")
    assert told == [(0.6, "half"), (0.7, "too much")]


def test_an_error_says_what_and_what_to_do() -> None:
    assert str(VtlError("It is broken.", "Mend it.")) == "It is broken. Mend it."
