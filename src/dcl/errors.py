"""The exception for the user's mistakes: the command line prints its line and exits with 2."""

__all__ = ["InputError"]


class InputError(ValueError):
    """Raised for bad input.

    The message is one line that names the file or field, what was found and what was expected.

    Examples
    --------
    >>> raise InputError("temperature: found -1, expected a positive number in units of J / k_B")
    Traceback (most recent call last):
    ...
    dcl.errors.InputError: temperature: found -1, expected a positive number in units of J / k_B
    """
