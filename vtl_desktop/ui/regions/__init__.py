"""What was changed over all frames: the survey of a candidate, and the list of its changed regions."""
