"""Networks in torch and timm: one file a network, their weights, and how they are run."""

from __future__ import annotations

import os

# Read when torch is loaded. Threads that wait for each other would otherwise spin: beside a decoder or any other busy
# process, one step then took four times the processor time (measured on two cores).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
