"""The house rules of docs/architecture.md, so that it cannot drift."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "vtl_desktop"
HEAVY = ("torch", "timm", "torchvision", "faiss")


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_layers() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_can_be_read_in_one_sitting() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_every_file_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if (text := path.read_text(encoding="utf-8").strip()) and not text.startswith(('"""', 'r"""'))
    ]
    assert not silent


def test_torch_is_not_loaded_before_something_is_traced() -> None:
    modules = [
        "vtl_desktop.cli.main",
        "vtl_desktop.services.trace",
        "vtl_desktop.services.enroll",
        "vtl_desktop.services.examine",
        "vtl_desktop.services.workbench",
        "vtl_desktop.ui.app",
    ]
    loaded = python(
        f"import sys, importlib\nfor name in {modules}: importlib.import_module(name)\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    assert loaded == "[]"


def test_the_window_needs_no_codec_and_no_database_to_open() -> None:
    loaded = python(
        "import sys, vtl_desktop.ui.app\nprint([n for n in ('av', 'cv2', 'h5py', 'fpdf') if n in sys.modules])"
    )
    assert loaded == "[]"


def test_dependencies_are_pinned_without_a_host() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    assert all("==" in line and "/" not in line for line in lines)
