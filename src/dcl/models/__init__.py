"""Learned models: Keras networks, the compiled kernels that read them, and their energies."""
