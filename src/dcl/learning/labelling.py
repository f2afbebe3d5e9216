"""Configurations for a sequence model to label, and its labels."""

import sys

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dcl.lattice.configurations import random_configurations
from dcl.lattice.geometry import LatticeSize, lattice_shape
from dcl.lattice.symmetries import SymmetryGroup, symmetry_group
from dcl.learning.settings import CouplingsSettings, ExtensiveSettings
from dcl.models.energy import SequenceEnergy

__all__ = ["label", "patterned_configurations", "unlabelled_configurations"]

MOST_OF_SPINS, MOST_OF_COLOURS = 0.5, 0.85
"""Share of the sites that follow a pattern, at most. Tiles show the pattern whole, and lattices
rarely do: there a sequence model, which saw other energies, is less to be trusted. Of three colours
or more a tile is as the pattern by chance so much more rarely that the share must be larger."""


def unlabelled_configurations(
    teacher: SequenceEnergy, settings: ExtensiveSettings, seed: int
) -> NDArray[np.int8]:
    """Make the configurations that the settings ask for, int8 (n, L1, L2)."""
    size, n_states = teacher.lattice_size, teacher.n_states
    parts = []
    if settings.drawn:
        parts.append(teacher.sample(settings.drawn, seed))
    if settings.uniform:
        parts.append(random_configurations(settings.uniform, size, n_states, seed))
    if settings.patterned:
        parts.append(patterned_configurations(settings.patterned, size, n_states, seed))
    return np.concatenate(parts)


def patterned_configurations(
    count: int, size: LatticeSize, n_states: int, seed: int
) -> NDArray[np.int8]:
    """Sample independent sites that favour an ordered pattern, by a random share.

    Patterns are uniform, checkerboards and stripes along rows and columns, with equal
    probabilities. A site of the first sublattice favours one state, drawn for the configuration; a
    site of the second another one, which for more than two states is drawn for the configuration
    or for each site, with equal probabilities. The share of sites that follow the pattern, the
    others being random, is uniform from 0 to 0.5, and to 0.85 for more than two states.

    Returns
    -------
    numpy.ndarray
        int8, shape (count, L1, L2).

    Examples
    --------
    >>> patterned_configurations(2, 4, n_states=2, seed=0).shape
    (2, 4, 4)
    """
    generator = np.random.default_rng([seed, count])
    shape = (count, *lattice_shape(size))
    row, column = np.indices(shape[1:])
    patterns = np.stack([0 * row, (row + column) % 2, row % 2, column % 2])
    second = patterns[generator.integers(0, 4, count)]
    by_site = generator.integers(1, n_states, shape)
    fixed = generator.random((count, 1, 1)) < 0.5
    other = np.where(fixed, by_site[:, :1, :1], by_site)
    favoured = generator.integers(0, n_states, (count, 1, 1)) + second * other
    most = MOST_OF_SPINS if n_states == 2 else MOST_OF_COLOURS
    follows = generator.random(shape) < most * generator.random((count, 1, 1))
    states = np.where(follows, favoured % n_states, generator.integers(0, n_states, shape))
    return (2 * states - 1 if n_states == 2 else states).astype(np.int8)


def label(
    teacher: SequenceEnergy,
    configurations: NDArray[np.int8],
    settings: ExtensiveSettings | CouplingsSettings,
    seed: int,
) -> NDArray[np.float64]:
    """Label configurations with the teacher's energies, each a mean over random images.

    Images are those under the imposed symmetries, and those that an extensive network cannot tell
    apart: translations by multiples of its focus. The true energy is the same for all of the
    first, the network's for all of the second; the teacher's errors are not.

    Returns
    -------
    numpy.ndarray
        float64, shape (n,), in J.
    """
    size, shape = teacher.lattice_size, configurations.shape
    group = symmetry_group(size, teacher.n_states, settings.symmetries)
    shifts = group
    if isinstance(settings, ExtensiveSettings):
        shifts = _shifts(size, settings.focus, teacher.n_states)
    if settings.images == 1 or len(group) == len(shifts) == 1:
        return teacher.energy(configurations)
    generator = np.random.default_rng([seed, settings.images])
    states = np.maximum(configurations, 0).reshape(len(configurations), -1)
    total = np.zeros(len(configurations))
    for _ in tqdm(range(settings.images), "labels", file=sys.stderr, dynamic_ncols=True):
        images = group.random_images(shifts.random_images(states, generator), generator)
        images = images.reshape(shape)
        total += teacher.energy(2 * images - 1 if teacher.n_states == 2 else images)
    return total / settings.images


def _shifts(size: LatticeSize, focus: int, n_states: int) -> SymmetryGroup:
    """Translations by multiples of the focus."""
    rows, columns = lattice_shape(size)
    lattice = np.arange(rows * columns).reshape(rows, columns)
    steps = np.ndindex(rows // focus, columns // focus)
    images = [np.roll(lattice, (i * focus, j * focus), (0, 1)).ravel() for i, j in steps]
    return SymmetryGroup(np.array(images), np.arange(n_states, dtype=np.int8)[None])
