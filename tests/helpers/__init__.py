"""Test data, made by code."""
