"""Errors that the command line says in one line: a user's mistake, or a failed training."""

__all__ = ["InputError", "TrainingDivergedError"]


class InputError(ValueError):
    """Raised for bad input; the command line exits with 2.

    The message is one line that names the file or field, what was found and what was expected.

    Examples
    --------
    >>> raise InputError("temperature: found -1, expected a positive number in units of J / k_B")
    Traceback (most recent call last):
    ...
    dcl.errors.InputError: temperature: found -1, expected a positive number in units of J / k_B
    """


class TrainingDivergedError(RuntimeError):
    """The loss is no longer a finite number; the command line exits with 1.

    The last good weights are kept: the network has them, and the checkpoint if there is one.
    """
