"""What stays: the hash-center database (HDF5, in transactions) and the case file (SQLite)."""
