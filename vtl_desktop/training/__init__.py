"""Makes the weights: losses, data, forgeries with true masks, one file a network. Imported by nothing else."""
