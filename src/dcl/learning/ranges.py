"""Numbers in a range, as types for the fields of settings.

The annotations change nothing when Python makes a dataclass; `dcl.runs.tables` reads them when it
fills one from a file.
"""

from typing import Annotated

from annotated_types import Interval

__all__ = [
    "Context",
    "Count",
    "CountOrZero",
    "LatticeLength",
    "PositiveNumber",
    "Rate",
    "Seed",
    "Share",
    "SmallNumber",
    "States",
]

MOST = 10**12

Count = Annotated[int, Interval(ge=1, le=MOST)]
CountOrZero = Annotated[int, Interval(ge=0, le=MOST)]
Context = Annotated[int, Interval(ge=0, le=64)]
LatticeLength = Annotated[int, Interval(ge=2, le=1024)]
Seed = Annotated[int, Interval(ge=0, le=2**32 - 1)]
States = Annotated[int, Interval(ge=2, le=8)]
PositiveNumber = Annotated[float, Interval(ge=1e-6, le=1e6)]
Rate = Annotated[float, Interval(ge=1e-9, le=10)]
Share = Annotated[float, Interval(ge=0, le=0.99)]
SmallNumber = Annotated[float, Interval(ge=0, le=1e6)]
