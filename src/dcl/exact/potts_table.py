"""Make the archived density of states of the Potts model with Q = 3 on the 8 x 8 torus.

Run `python -m dcl.exact.potts_table`: ten to thirty seconds on two cores. The table serves both
forms of the model, as it counts states by their number of unequal bonds.
"""

import json
from pathlib import Path

import numpy as np

from dcl.exact.histograms import count_states_by_level

__all__ = ["main"]


def main() -> None:
    """Count the states and write the table into the package."""
    counts = count_states_by_level(8, np.array([0, 1, 1]))
    table = {
        "content": "Potts model, Q = 3, 8 x 8 torus: states with 0, 1, 2, ... unequal bonds",
        "made_by": "python -m dcl.exact.potts_table",
        "counts": [str(count) for count in counts],
    }
    path = Path(__file__).with_name("data") / "potts_3_8x8.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
