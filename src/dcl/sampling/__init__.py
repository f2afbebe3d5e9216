"""Samplers, one algorithm a file; nothing is imported here, so that ``import dcl`` stays quick."""

__all__: list[str] = []
