"""What the Localizator is measured beside: other ways to mark what was changed in a pair laid over each other.

Each is a `comparator.Comparator`: it takes the same `vision.laying.LaidOver` and gives the same kind of grey mask. None
of them is in the product; their weights are made by `comparators.train` from a recipe, and do not ship.
"""
