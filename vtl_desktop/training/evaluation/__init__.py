"""Measures codes and votes alone, before alignment and verification, on suspects whose truth is known."""
