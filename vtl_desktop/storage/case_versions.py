"""Which versions of what took part. Asks the installed packages' metadata, so that nothing heavy is imported for it."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import vtl_desktop

_PACKAGES = (
    ("PyAV", ("av",)),
    ("faiss", ("faiss-cpu", "faiss-gpu")),
    ("fpdf2", ("fpdf2",)),
    ("h5py", ("h5py",)),
    ("numpy", ("numpy",)),
    ("OpenCV", ("opencv-python-headless", "opencv-python")),
    ("PySide6", ("PySide6-Essentials", "PySide6_Essentials", "PySide6")),
    ("safetensors", ("safetensors",)),
    ("timm", ("timm",)),
    ("torch", ("torch",)),
    ("torchvision", ("torchvision",)),
)


def collect_versions() -> dict[str, str]:
    """Name to version of the program, Python, the system, the libraries, and the FFmpeg libraries behind PyAV."""
    versions = {
        "VTL Desktop": vtl_desktop.__version__,
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Operating system": platform.platform(),
        "Processor": platform.processor() or platform.machine(),
    }
    for name, packages in _PACKAGES:
        if found := _first_installed(packages):
            versions[name] = found
    versions.update(_ffmpeg_versions())
    return versions


def _first_installed(packages: tuple[str, ...]) -> str:
    for package in packages:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return ""


def _ffmpeg_versions() -> dict[str, str]:
    try:
        import av
    except ImportError:  # a broken installation must still be able to say what it is made of
        return {}
    return {
        f"FFmpeg {name}": ".".join(str(part) for part in numbers)
        for name, numbers in sorted(av.library_versions.items())
    }
