"""Tracing: progress, the decision, the candidates."""
