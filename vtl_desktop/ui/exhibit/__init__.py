"""The exhibit: dropping a suspect, its SHA-256 and facts."""
