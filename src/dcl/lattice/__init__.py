"""The lattice: geometry, symmetries, Hamiltonians, and snapshots on disk. All that is given."""
