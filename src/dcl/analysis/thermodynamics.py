"""Thermodynamics at every temperature: replica-exchange Metropolis under any energy.

Energies are totals for the lattice in J, k_B = 1. A learned energy has an arbitrary constant; it
is fixed here so that the mean over uniformly random configurations (infinite temperature) is
zero, which it is for the Ising, clock Potts and Edwards-Anderson models. Where that mean is not
exact (`dcl.analysis.infinite_temperature`), its error is part of the energies' errors.
"""

from typing import Any, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.analysis.autocorrelation import LENGTH_IN_TAU, estimate_mean
from dcl.analysis.infinite_temperature import (
    InfiniteTemperatureEnergy,
    infinite_temperature_energy,
)
from dcl.analysis.multiple_histogram import binder_cumulant, multiple_histogram
from dcl.analysis.scans import Scan
from dcl.errors import InputError
from dcl.lattice.geometry import LatticeSize, lattice_shape, lattice_size
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.models.energy import ExtensiveEnergy, SequenceEnergy
from dcl.sampling.replica_exchange import HamiltonianSweeper, Sweeper, TimeSeries, replica_exchange
from dcl.sampling.walk import WalkOptions

__all__ = ["Model", "measure", "sample_series", "scan"]

Array = NDArray[np.float64]

LEAST_EXCHANGE = 0.01
LEAST_CHAINS = 4
Learned = SequenceEnergy | ExtensiveEnergy | CouplingsEnergy
Model = Ising | Potts | EdwardsAnderson | Learned


def scan(
    model: Model,
    size: LatticeSize,
    temperatures: ArrayLike,
    *,
    sweeps: int = 4000,
    **walk: Unpack[WalkOptions],
) -> Scan:
    """Sample a model at all temperatures at once and measure.

    Parameters
    ----------
    model : Hamiltonian, SequenceEnergy or ExtensiveEnergy
    size : int or tuple of int
        Linear size L of the lattice; under a learned energy also rows and columns.
    temperatures : array_like
        In any order, J / k_B; neighbours in size should overlap in energy, as they exchange
        configurations.
    sweeps : int
        Sweeps that are measured.
    **walk
        Fields of `dcl.sampling.walk.Walk`: a seed, and 8 chains, which are independent ladders of
        replicas, with a burn-in of 400 sweeps by default; see
        `dcl.sampling.replica_exchange.replica_exchange`.

    Raises
    ------
    InputError
        If the model does not know this lattice size, or a number is out of range.

    Examples
    --------
    >>> from dcl import Ising
    >>> scan(Ising(), 4, [1.0, 5.0], seed=1, sweeps=500).energy.round() < 0
    array([ True,  True])
    """
    rising, place = np.unique(np.asarray(temperatures, np.float64), return_inverse=True)
    options: WalkOptions = {"chains": 8, "burn_in": 400, **walk}
    series = sample_series(model, size, rising, sweeps=sweeps, **options)
    return measure(model, series, options["seed"]).at(place)


def sample_series(
    model: Model, size: LatticeSize, temperatures: ArrayLike, **options: Any
) -> TimeSeries:
    """Replica exchange under a model; `options` are `replica_exchange`'s.

    Raises
    ------
    InputError
        If the model does not know this lattice size, or a number is out of range.
    """
    return replica_exchange(
        _sweeper(model, size), size, temperatures, n_states=model.n_states,
        initial_energy=model.energy, **options,
    )  # fmt: skip


def _sweeper(model: Model, size: LatticeSize) -> Sweeper:
    if isinstance(model, SequenceEnergy):
        if lattice_size(*lattice_shape(size)) != model.lattice_size:
            raise InputError(
                f"lattice size: found {size}, expected {model.lattice_size}, the only size that "
                "this sequence model knows"
            )
        return model.sweeper()
    if isinstance(model, ExtensiveEnergy | CouplingsEnergy):
        return model.sweeper(size)
    if not isinstance(size, int):
        raise InputError(f"lattice size: found {size}, expected one number L")
    return HamiltonianSweeper(model, size)


def measure(model: Model, series: TimeSeries, seed: int = 0) -> Scan:
    """Observables and their errors from what a model's replicas went through.

    Parameters
    ----------
    model : Hamiltonian, SequenceEnergy or ExtensiveEnergy
        Gives the zero of the energy.
    series : TimeSeries
        From `sample_series`.
    seed : int
        See `dcl.analysis.infinite_temperature.infinite_temperature_energy`.
    """
    size = lattice_size(*series.configurations.shape[-2:])
    zero = InfiniteTemperatureEnergy(0.0, 0.0)
    if isinstance(model, Learned):
        zero = infinite_temperature_energy(model, size, seed)
    return _measure(series, size, zero)


def _measure(series: TimeSeries, size: LatticeSize, zero: InfiniteTemperatureEnergy) -> Scan:
    columns: dict[str, Any] = {}
    warnings = []
    for temperature, energy, magnetisation in zip(
        series.temperatures, series.energy - zero.mean, series.magnetisation, strict=True
    ):
        row, time, length = _observables(temperature, energy, magnetisation)
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
        columns.setdefault("autocorrelation_time", []).append(time)
        if length < LENGTH_IN_TAU * time:
            warnings.append(
                f"T = {temperature:g}: {length} measurements are fewer than {LENGTH_IN_TAU} "
                f"autocorrelation times of {time:.1f}; the errors are not to be trusted"
            )
    if _overlap(series):
        columns |= _combined(series, zero.mean, 2 * np.array(columns["autocorrelation_time"]))
    arrays: dict[str, Any] = {name: np.array(values) for name, values in columns.items()}
    arrays["energy_error"] = np.hypot(arrays["energy_error"], zero.error)
    return Scan(
        lattice_size=size, temperatures=series.temperatures, warnings=tuple(warnings), **arrays
    )


def _overlap(series: TimeSeries) -> bool:
    """Test if all temperatures can be combined, and if there are chains enough for the errors."""
    rates = series.exchange_rates
    return bool(
        rates.size and rates.min() >= LEAST_EXCHANGE and series.energy.shape[1] >= LEAST_CHAINS
    )


def _combined(series: TimeSeries, zero: float, inefficiency: Array) -> dict[str, Array]:
    averages, errors = multiple_histogram(
        series.temperatures, series.energy - zero, series.magnetisation, inefficiency
    )
    named = {f"{name}_error": error for name, error in errors._asdict().items()}
    return {**averages._asdict(), **named}


def _observables(
    temperature: float, energy: Array, magnetisation: Array
) -> tuple[dict[str, float], float, int]:
    """Means and errors at one temperature, from chains (chains, n)."""
    mean = estimate_mean(energy)
    fluctuation = estimate_mean((energy - mean.mean) ** 2 / temperature**2)
    second, fourth = (magnetisation**2).mean(), (magnetisation**4).mean()
    square = max(second, np.finfo(float).tiny ** 0.25)
    linearised = (2 * fourth * magnetisation**2 / square - magnetisation**4) / (3 * square**2)
    absolute = estimate_mean(np.abs(magnetisation))
    row = {
        "energy": mean.mean,
        "energy_error": mean.error,
        "heat_capacity": fluctuation.mean,
        "heat_capacity_error": fluctuation.error,
        "magnetisation": absolute.mean,
        "magnetisation_error": absolute.error,
        "binder_cumulant": float(binder_cumulant(second, fourth)),
        "binder_cumulant_error": estimate_mean(linearised).error,
    }
    return row, mean.autocorrelation_time, mean.length
