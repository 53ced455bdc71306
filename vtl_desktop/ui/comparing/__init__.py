"""Suspect and source side by side, always at the same instant, with the mask."""
