from __future__ import annotations

import hashlib

import pytest

from vtl_desktop.core.errors import Cancelled, MissingMedia, UnreadableMedia
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.media.digest import sha256_of


def test_known_answer(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_more_than_one_piece_with_progress(tmp_path):
    data = bytes(range(256)) * 40_000
    path = tmp_path / "large"
    path.write_bytes(data)
    seen: list[float] = []
    digest = sha256_of(path, progress=lambda fraction, _: seen.append(fraction))
    assert digest == hashlib.sha256(data).hexdigest()
    assert len(seen) >= 3
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_cancelled(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        sha256_of(path, cancel=cancel)


def test_nothing_there(tmp_path):
    with pytest.raises(MissingMedia):
        sha256_of(tmp_path / "nothing")
    with pytest.raises(UnreadableMedia):
        sha256_of(tmp_path)
