"""Chapters of the book that have logic of their own, one module each."""
