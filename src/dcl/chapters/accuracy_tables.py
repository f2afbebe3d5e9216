"""Lines of the tables of the accuracy study, for `dcl.analysis.shown_table`.

All rows are of fits to snapshots at T = 4; numbers are medians over data sets.
"""

from collections.abc import Sequence
from typing import Any

from dcl.chapters.accuracy_rows import spread, where
from dcl.chapters.accuracy_series import SERIES, TEMPERATURE, curve, medians
from dcl.chapters.paper_architecture import archived_systems
from dcl.runs.archive import load_archive

__all__ = ["SEQUENCE_HEADS", "pair_lines", "paper_lines", "sequence_lines", "series_lines"]

Line = list[str]
SEQUENCE_HEADS = ["system", "method", "fits", "minutes", "RMSE (J)", "KL (nats)", "extensive (J)"]


def series_lines(rows: list[dict[str, Any]], system: str, counts: Sequence[int]) -> list[Line]:
    """Name, assumption, median RMSE in J at these numbers of snapshots, and fits of each method.

    Methods without a row of this system are left out, numbers of snapshots without one are empty.

    Examples
    --------
    >>> row = {"method": "direct", "system": "ising", "temperature": 4.0, "snapshots": 1000}
    >>> series_lines([{**row, "seconds": 60.0, "ednn_rmse": 0.5}], "ising", (100, 1000))
    [['direct', 'symmetries, 3x3 sites', '', '0.500', '1']]
    """
    lines = []
    for label, series in SERIES.items():
        points = {point.snapshots: point for point in curve(rows, label, system)}
        errors = [f"{points[n].median:.3f}" if n in points else "" for n in counts]
        fits = [str(point.fits) for point in points.values()]
        fits = fits[:1] if len(set(fits)) == 1 else fits
        lines += [[label, series.assumes, *errors, ", ".join(fits)]] if points else []
    return lines


def pair_lines(rows: list[dict[str, Any]], systems: Sequence[str]) -> list[Line]:
    """System, snapshots, and median RMSE in J of the pseudolikelihood fit and of pairs only.

    Examples
    --------
    >>> row = {"method": "direct", "system": "potts", "temperature": 4.0, "snapshots": 1000}
    >>> pair_lines([{**row, "seconds": 60.0, "ednn_rmse": 0.5}], ["potts"])
    [['potts', '1,000', '0.500', '']]
    """
    lines = []
    for system in systems:
        fits, pairs = (medians(rows, label, system) for label in ("direct", "pairs only"))
        for n, error in fits.items():
            beside = f"{pairs[n]:.3f}" if n in pairs else ""
            lines.append([system, f"{n:,}", f"{error:.3f}", beside])
    return lines


def sequence_lines(
    rows: list[dict[str, Any]], systems: Sequence[str], methods: Sequence[str], snapshots: int
) -> list[Line]:
    """Sequence models in the columns `SEQUENCE_HEADS`; minutes are those of the sequence model.

    Examples
    --------
    >>> row = {"system": "ising", "method": "gru", "snapshots": 9, "temperature": 4.0}
    >>> row |= {"fit_seconds": 90.0, "rnn_rmse": 0.5, "rnn_kl_nats": 0.25}
    >>> sequence_lines([row], ["ising"], ["gru", "masked"], 9)
    [['ising', 'gru', '1', '1.5', '0.500', '0.2500', '']]
    """
    lines = []
    for system in systems:
        for method in methods:
            chosen = {"method": method, "snapshots": snapshots, "temperature": TEMPERATURE}
            fits = where(rows, system=system, **chosen)
            if fits:
                after = f"{spread(fits, 'ednn_rmse')[0]:.3f}" if "ednn_rmse" in fits[0] else ""
                numbers = (
                    spread(fits, key)[0] for key in ("fit_seconds", "rnn_rmse", "rnn_kl_nats")
                )
                lines.append([system, method, str(len(fits)), *_shown(*numbers), after])
    return lines


def paper_lines() -> list[Line]:
    """Archived runs of the paper's own network from a standard start, in the same columns.

    Examples
    --------
    >>> paper_lines()[0][:3]
    ['ising', 'gru-paper', '1']
    """
    lines = []
    for system in archived_systems():
        reached = load_archive(f"{system}-gru_paper").metrics
        numbers = (reached[key] for key in ("train_seconds", "rnn_rmse", "rnn_kl_nats"))
        lines.append([system, "gru-paper", "1", *_shown(*numbers), ""])
    return lines


def _shown(seconds: float, rmse: float, divergence: float) -> Line:
    return [f"{seconds / 60:.1f}", f"{rmse:.3f}", f"{divergence:.4f}"]
