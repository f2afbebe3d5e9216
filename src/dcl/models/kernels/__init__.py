"""Numba kernels: they take arrays and numbers, never a model."""
