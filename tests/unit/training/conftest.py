"""Set before torch is loaded: on busy machines, threads that spin slow small networks down manifold."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
