"""The case: whose it is, comparing a candidate, what the analyst concludes."""
