"""The matrix product against the master equation, and the currents against the partition sum."""

from fractions import Fraction

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact.tasep import tasep_current, tasep_distribution, tasep_fisher, tasep_partition

RATES = [(1.0, 1.0), (0.3, 0.3), (0.7, 0.2), (0.31, 0.9), (0.4, 0.6)]


def updates(length, alpha, beta):
    """One matrix (2^L, 2^L) a bond: column n is what becomes of state n when the bond may move."""
    numbers = np.arange(2**length)
    bits = numbers[:, None] >> np.arange(length)[::-1] & 1
    moves = [(bits[:, 0] == 0, 1 << (length - 1), alpha)]
    for site in range(length - 1):
        hops = (bits[:, site] == 1) & (bits[:, site + 1] == 0)
        moves.append((hops, 3 << (length - 2 - site), 1.0))
    moves.append((bits[:, -1] == 1, 1, beta))
    for able, mask, rate in moves:
        matrix = np.diag(np.where(able, 1 - rate, 1.0))
        matrix[(numbers ^ mask)[able], numbers[able]] = rate
        yield matrix


def both_ends(p, alpha, beta):
    """Currents into the first site and out of the last."""
    return np.array([alpha * p[: len(p) // 2].sum(), beta * p[1::2].sum()])


@pytest.mark.parametrize(("alpha", "beta"), RATES)
def test_the_matrix_product_solves_the_master_equation(alpha, beta):
    p = tasep_distribution(6, alpha, beta)
    change = sum(matrix @ p - p for matrix in updates(6, alpha, beta))
    assert np.abs(change).max() < 1e-12
    assert p.min() > 0
    assert p.sum() == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize(("alpha", "beta"), RATES)
@pytest.mark.parametrize("length", [2, 5, 10])
def test_both_ends_carry_the_current(length, alpha, beta):
    flows = both_ends(tasep_distribution(length, alpha, beta), alpha, beta)
    assert flows == pytest.approx(float(tasep_current(length, alpha, beta)), abs=1e-10)


def parallel_update(length, alpha, beta):
    """The matrix (2^L, 2^L) of an update in which all bonds that may move do so at once."""
    matrix = np.zeros((2**length, 2**length))
    for number, old in enumerate(np.ndindex((2,) * length)):
        for enters, leaves in np.ndindex(2, 2):
            new, chance = list(old), (alpha if enters else 1 - alpha)
            chance *= beta if leaves else 1 - beta
            for site in range(length - 1):
                if old[site] and not old[site + 1]:
                    new[site], new[site + 1] = 0, 1
            new[0] = 1 if enters and not old[0] else new[0]
            new[-1] = 0 if leaves and old[-1] else new[-1]
            matrix[np.ravel_multi_index(new, (2,) * length), number] += chance
    return matrix


@pytest.mark.parametrize(("alpha", "beta"), [(0.7, 0.2), (0.3, 0.3)])
def test_parallel_updates_have_another_current(alpha, beta):
    """A wrong build: bonds that all move at once are another process."""
    values, vectors = np.linalg.eig(parallel_update(4, alpha, beta))
    p = np.real(vectors[:, np.argmax(values.real)])
    flows = both_ends(p / p.sum(), alpha, beta)
    assert np.abs(flows - float(tasep_current(4, alpha, beta))).max() > 1e-3


def test_fractions_are_exact():
    third, half = Fraction(1, 3), Fraction(1, 2)
    assert tasep_partition(1, third, half) == 3 + 2
    assert tasep_partition(2, third, half) == 3 * 3 + 3 * 2 + 2 * 2 + (3 + 2)  # EE, ED, DD, DE
    assert tasep_current(2, 1, 1) == Fraction(2, 5)
    assert tasep_current(2, np.float32(1), np.int64(1)) == Fraction(2, 5)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [((6, 0.0, 0.5), "alpha"), ((6, 0.5, 1.1), "beta"), ((6, 0.5, float("nan")), "beta"),
     ((15, 0.5, 0.5), "L"), ((0, 0.5, 0.5), "L"), ((2.5, 0.5, 0.5), "L"), ((3, "1", 1), "alpha")],
)  # fmt: skip
def test_mistakes_are_named(arguments, field):
    with pytest.raises(InputError, match=f"^{field}: found"):
        tasep_distribution(*arguments)
    if field != "L":
        with pytest.raises(InputError, match=f"^{field}: found"):
            tasep_current(*arguments)


@pytest.mark.parametrize(("alpha", "beta"), [(0.31, 0.3), (0.7, 0.2), (0.4, 0.6)])
@pytest.mark.parametrize("length", [2, 6])
def test_the_fisher_matrix_is_that_of_finite_differences(length, alpha, beta):
    step = 1e-5
    scores = [
        (np.log(tasep_distribution(length, alpha + step * i, beta + step * (1 - i)))
         - np.log(tasep_distribution(length, alpha - step * i, beta - step * (1 - i)))) / (2 * step)
        for i in (1, 0)
    ]  # fmt: skip
    p = tasep_distribution(length, alpha, beta)
    expected = [[(p * one * two).sum() for two in scores] for one in scores]
    assert tasep_fisher(length, alpha, beta) == pytest.approx(np.array(expected), rel=1e-6)


def test_particles_and_holes_exchange_the_rates():
    one, other = tasep_fisher(7, 0.8, 0.3), tasep_fisher(7, 0.3, 0.8)
    assert one[::-1, ::-1] == pytest.approx(other, rel=1e-9)


def test_rates_of_one_are_no_edge():
    assert tasep_fisher(5, 1.0, 1.0) == pytest.approx(tasep_fisher(5, 1 - 1e-9, 1.0), rel=1e-6)
