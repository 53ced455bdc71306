"""Video and pictures in: facts, exact frames, sampled clips, digests; a few writers. Evidence is opened read-only."""
