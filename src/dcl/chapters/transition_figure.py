"""The figure of the chapter on the same snapshots: each method beside its own exact value."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from dcl.analysis.figure_style import marks, styled
from dcl.exact import critical_temperature
from dcl.lattice.hamiltonians import Ising

__all__ = ["transition_figure"]


def transition_figure(found: Mapping[str, tuple[float, float, float]]) -> Figure:
    """Draw estimates of a transition, one row a method, beside their exact values.

    Parameters
    ----------
    found : mapping
        Title to estimate, standard error and exact value, J / k_B; four at most.

    Examples
    --------
    >>> len(transition_figure({"snake": (2.4, 0.1, 2.37)}).axes)
    1
    """
    with styled(8, 3.4) as (figure, axis):
        for number, (estimate, error, exact) in enumerate(found.values()):
            axis.plot([exact] * 2, [number - 0.3, number + 0.3], "k-", lw=2)
            axis.errorbar(estimate, number, xerr=error, **marks(number))
        axis.axvline(critical_temperature(Ising()), color="#666666", ls="--", lw=1)
        axis.set_yticks(range(len(found)), found)
        axis.set(xlabel="temperature ($J / k_B$)", ylim=(len(found) - 0.4, -0.6))
    return figure
