"""VTL Desktop: trace a suspect video to its source, lay both side by side, mark what was changed, report it."""

__version__ = "0.1.0"
