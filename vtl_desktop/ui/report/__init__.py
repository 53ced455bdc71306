"""The evidence report: what is missing, where it goes, what came out."""
