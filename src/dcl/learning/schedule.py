"""Schedule of a training."""

from dataclasses import dataclass
from typing import Literal

from dcl.learning.ranges import Count, CountOrZero, Rate, SmallNumber

__all__ = ["Decay", "Schedule"]

Decay = Literal["cosine", "constant"]


@dataclass(frozen=True)
class Schedule:
    """Schedule of a training with Adam: its length and its learning rate.

    Parameters
    ----------
    examples_seen : int
        Examples shown in all, repeats included; rounded up to whole batches.
    batch_size : int
    learning_rate : float
        At its peak.
    decay : {"cosine", "constant"}
        ``cosine``: warm-up over the first 5% of the steps, then a cosine down to 1% of the peak.
    clip_norm : float
        Largest norm of the whole gradient; 0 for no clipping.
    weight_decay : float
        Rate at which weights shrink, in units of the learning rate (AdamW); biases do not.
    """

    examples_seen: CountOrZero
    batch_size: Count = 512
    learning_rate: Rate = 4e-3
    decay: Decay = "cosine"
    clip_norm: SmallNumber = 1.0
    weight_decay: SmallNumber = 0.0
