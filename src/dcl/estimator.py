"""The method as a scikit-learn estimator: `fit`, `score`, `energy`, `sample`, `scan`.

Needs scikit-learn (``pip install 'dcl[sklearn]'``).
"""

from collections.abc import Mapping
from math import isqrt
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from dcl.analysis.scans import Scan
from dcl.analysis.thermodynamics import sample_series, scan
from dcl.errors import InputError
from dcl.lattice.configurations import check_configurations, number_of_states
from dcl.lattice.geometry import LatticeSize, lattice_size
from dcl.lattice.snapshots import Snapshots
from dcl.lattice.symmetries import Symmetry
from dcl.learning.pseudolikelihood import log_pseudolikelihood
from dcl.learning.pseudolikelihood_fit import fit_pseudolikelihood
from dcl.learning.sequence import fit_sequence
from dcl.learning.settings import NETWORKS, PseudolikelihoodSettings, sequence_settings
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.models.energy import SequenceEnergy

__all__ = ["EnergyEstimator"]

SWEEPS = 500
"""Of each chain from a random configuration to the one that `sample` returns."""


class EnergyEstimator(DensityMixin, BaseEstimator):
    """The energy of lattice configurations, learned from snapshots at one temperature.

    Configurations are int8 or other whole numbers, shape (n, L1, L2), or of squares also flattened,
    (n, L * L): spins -1 and +1, or states 0..Q-1.

    Parameters
    ----------
    network : str
        ``pseudolikelihood``, a Hamiltonian of cluster functions found by pseudolikelihood, for
        lattices of any size; or ``gru``, ``gru-paper``, ``gru-sparse``, ``masked`` or
        ``transformer``, a sequence model fitted by maximum likelihood.
    temperature : float
        Of the snapshots, J / k_B. With 1 energies are in units of the snapshots' k_B T.
    symmetries : tuple of {"translations", "point-group", "states"}
        Imposed on the fit; a pseudolikelihood fit has translations anyway.
    settings : mapping, optional
        Further fields of `dcl.learning.settings.SequenceSettings` or `PseudolikelihoodSettings`.
    random_state : int, numpy.random.RandomState or None
        Of the fit and of what is sampled.

    Attributes
    ----------
    model_ : SequenceEnergy or CouplingsEnergy
    hamiltonian_ : dcl.learning.pseudolikelihood.InferredHamiltonian or None
        Of a pseudolikelihood fit.
    history_ : dict of list or None
        Of the training of a sequence model.
    lattice_size_ : int or tuple of int
        L, or rows and columns.
    n_states_, n_features_in_ : int
        Q and the number of sites.

    Examples
    --------
    >>> from dcl import Ising
    >>> from dcl.sampling.equilibrium import sample_equilibrium
    >>> spins = sample_equilibrium(Ising(), 6, 4.0, 2000, seed=1)
    >>> learned = EnergyEstimator(temperature=4.0, symmetries=("point-group", "states"))
    >>> learned.fit(spins[:1500]).hamiltonian_.functions[0].name
    '(0,0)(0,1)'
    >>> bool(learned.score(spins[1500:]) > -36 * np.log(2))  # better than a coin a spin
    True
    """

    def __init__(
        self,
        network: str = "pseudolikelihood",
        *,
        temperature: float = 1.0,
        symmetries: tuple[Symmetry, ...] = (),
        settings: Mapping[str, Any] | None = None,
        random_state: Any = 1,
    ) -> None:
        self.network = network
        self.temperature = temperature
        self.symmetries = symmetries
        self.settings = settings
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        """Say that features are categories, and labels are not used."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.categorical = True
        return tags

    def fit(self, X: ArrayLike, y: None = None) -> Self:
        """Learn the energy of snapshots.

        Parameters
        ----------
        X : array_like
            Whole numbers, shape (n, L1, L2) or (n, L * L).
        y : None
            Not used.

        Raises
        ------
        InputError
            If these are no configurations, a parameter is out of range, or the snapshots are too
            few or too ordered for a fit.
        """
        configurations = _configurations(self._checked(X, reset=True))
        self.lattice_size_ = lattice_size(*configurations.shape[1:])
        self.n_states_ = number_of_states(configurations)
        snapshots = Snapshots(configurations, self.temperature, self.n_states_)
        further = {"symmetries": self.symmetries, **(self.settings or {})}
        seed = self._seed()
        model: SequenceEnergy | CouplingsEnergy
        self.hamiltonian_: Any = None
        self.history_: Any = None
        if self.network == "pseudolikelihood":
            model, self.hamiltonian_ = fit_pseudolikelihood(
                snapshots, PseudolikelihoodSettings(**further), seed=seed
            )
        elif self.network in NETWORKS:
            chosen = sequence_settings(self.network, self.n_states_, **further)
            model, self.history_ = fit_sequence(snapshots, chosen, seed=seed)
        else:
            known = ", ".join((*NETWORKS, "pseudolikelihood"))
            raise InputError(f"network: found {self.network!r}, expected one of {known}")
        self.model_ = model
        return self

    def score(self, X: ArrayLike, y: None = None) -> float:
        """Mean log-likelihood of configurations, in nats each; greater is better.

        That of a sequence model is ln P. A pseudolikelihood fit has no normalised P: its score is
        the log-pseudolikelihood, the sum over sites of ln P(state | all other sites). Compare
        models of one kind, on configurations that none of them was fitted to.
        """
        return float(self.score_samples(X).mean())

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Log-likelihood of each configuration, shape (n,); see `score`."""
        check_is_fitted(self)
        configurations = _configurations(self._checked(X, reset=False), self.n_states_)
        if isinstance(self.model_, SequenceEnergy):
            return self.model_.log_probability(configurations)
        states = np.maximum(configurations, 0)
        return log_pseudolikelihood(self.hamiltonian_, states, self.temperature, self.n_states_)

    def energy(self, X: ArrayLike) -> NDArray[np.float64]:
        """Total energies in J, shape (n,), up to a constant.

        A pseudolikelihood fit takes lattices of any size, a sequence model those of its snapshots.
        """
        check_is_fitted(self)
        return self.model_.energy(_configurations(np.asarray(X), self.n_states_))

    def sample(
        self, n_samples: int = 1, temperature: float | None = None, size: LatticeSize | None = None
    ) -> NDArray[np.int8]:
        """Draw independent configurations, int8, shape (n_samples, L1, L2).

        Site by site from a sequence model at the temperature of the snapshots, otherwise by
        Metropolis, a chain of 500 sweeps from a random start for each configuration.

        Parameters
        ----------
        n_samples : int
        temperature : float, optional
            J / k_B; that of the snapshots otherwise.
        size : int or tuple of int, optional
            L, or rows and columns; that of the snapshots otherwise.
        """
        check_is_fitted(self)
        model, here = self.model_, temperature in (None, self.temperature)
        if isinstance(model, SequenceEnergy) and here and size in (None, self.lattice_size_):
            return model.sample(n_samples, self._seed())
        series = sample_series(
            model, size or self.lattice_size_, [temperature or self.temperature],
            chains=n_samples, sweeps=1, burn_in=SWEEPS, seed=self._seed(),
        )  # fmt: skip
        return np.asarray(series.configurations[0])

    def scan(
        self, temperatures: ArrayLike, size: LatticeSize | None = None, **options: Any
    ) -> Scan:
        """Predict energy, heat capacity and order at every temperature.

        Parameters
        ----------
        temperatures : array_like
            In order, J / k_B.
        size : int or tuple of int, optional
            L, or rows and columns; that of the snapshots otherwise.
        **options
            Of `dcl.analysis.thermodynamics.scan`: ``chains``, ``sweeps``, ``burn_in``,
            ``progress``.
        """
        check_is_fitted(self)
        return scan(
            self.model_, size or self.lattice_size_, temperatures, seed=self._seed(), **options
        )

    def save(self, path: Path) -> None:
        """Write the model as a folder that `dcl.load_energy_model` and ``dcl scan`` read."""
        check_is_fitted(self)
        self.model_.save(path)

    def _seed(self) -> int:
        return int(check_random_state(self.random_state).randint(2**31))

    def _checked(self, X: ArrayLike, reset: bool) -> NDArray[Any]:
        """The array as it is, once scikit-learn has checked it as a matrix and counted features."""
        lattices = np.ndim(X) == 3
        matrix = np.reshape(X, (len(X), -1)) if lattices else X  # type: ignore[arg-type]
        least = {"ensure_min_samples": 2, "ensure_min_features": 4} if reset else {}
        checked = np.asarray(validate_data(self, matrix, reset=reset, **least))
        return checked.reshape(np.shape(X)) if lattices else checked


def _configurations(array: NDArray[Any], n_states: int | None = None) -> NDArray[np.int8]:
    """Whole numbers (n, L1, L2) or (n, L * L) as int8 (n, L1, L2)."""
    if array.ndim == 2 and isqrt(array.shape[1]) ** 2 == array.shape[1]:
        array = array.reshape(len(array), isqrt(array.shape[1]), -1)
    if array.dtype.kind not in "iufb" or not (array == array.astype(np.int8)).all():
        raise InputError("X: found other numbers, expected spins -1 and +1 or states 0 to Q - 1")
    return check_configurations(array.astype(np.int8), "X", n_states)
