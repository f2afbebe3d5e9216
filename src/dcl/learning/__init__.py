"""Learning: settings, training, and each way from snapshots or energies to a model."""
