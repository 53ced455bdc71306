"""What the window remembers between two runs."""
