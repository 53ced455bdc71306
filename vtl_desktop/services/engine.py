"""The encoder, loaded once a process and shared by enrolling and tracing. torch is imported here, on first use."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from vtl_desktop.core.errors import DatabaseMismatch, WeightsError

if TYPE_CHECKING:
    from vtl_desktop.networks.inference import Encoder

_encoders: dict[tuple[int, str, str], Encoder] = {}
_lock = threading.Lock()


def encoder_for(
    bits: int, device: str = "auto", *, weights_sha256: str | None = None, beside: Path | None = None
) -> Encoder:
    """The encoder with certain weights at a code length, on a device.

    Args:
        bits: code length.
        device: "auto", "cpu" or "cuda".
        weights_sha256: of the weights; those that ship with the program as the default if not given.
        beside: a database: other weights may lie in its folder.

    Raises:
        WeightsError: the weights are missing or damaged.
        DatabaseMismatch: there are no weights with this digest.
    """
    from vtl_desktop.networks.inference import Encoder
    from vtl_desktop.networks.weights import load_manifest

    digest = (weights_sha256 or load_manifest().entry("vithash").sha256).lower()
    with _lock:
        key = bits, device, digest
        if key not in _encoders:
            _encoders[key] = Encoder.load(bits=bits, device=device, weights=find_weights(digest, beside=beside))
        return _encoders[key]


def find_weights(sha256: str, *, beside: Path | None = None) -> Path:
    """The file of weights with a digest: one of the manifest's, else a .safetensors file in a database's folder.

    Args:
        sha256: 64 hexadecimal digits.
        beside: the database, there or still to be made.

    Raises:
        WeightsError: the manifest names them, but they are missing or damaged.
        DatabaseMismatch: there are none.
    """
    from vtl_desktop.networks.weights import digest_of, load_manifest, verify

    digest = sha256.lower()
    for entry in load_manifest().entries.values():
        if entry.network == "vithash" and entry.sha256 == digest:
            return verify(entry)
    for path in sorted(beside.absolute().parent.glob("*.safetensors")) if beside is not None else ():
        try:
            if digest_of(path) == digest:
                return path
        except WeightsError:
            # It may not be read, or is a folder: it is not what is looked for.
            continue
    raise DatabaseMismatch(
        f"{beside or 'A database'} was made with the weights {digest[:12]}, which neither came with this program nor "
        "lie beside it.",
        "Put the .safetensors file it was made with into its folder, or enroll its sources in a new database.",
    )
