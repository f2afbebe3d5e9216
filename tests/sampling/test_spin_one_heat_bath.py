"""Sampled Blume-Capel tori against exact ones: four errors, one false alarm in 16,000 a number."""

from dataclasses import replace

import numba
import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact.blume_capel import blume_capel_torus
from dcl.lattice.spin_one import BlumeCapel
from dcl.sampling.site_tables import site_table
from dcl.sampling.spin_one_heat_bath import sample_blume_capel
from small_lattices import CASES, FALSE_ALARM, all_configurations, p_value

MODELS = [BlumeCapel(1.0, 1.0), BlumeCapel(1.0, 0.5, 0.2), BlumeCapel(-1.0, 1.0, 0.4)]
TEMPERATURES = [1.4, 3.0, 1.5]


@pytest.mark.parametrize("slabs", [None, (1, 0)])
def test_averages_are_exact(slabs):
    drawn = sample_blume_capel(MODELS, TEMPERATURES, 4, 10_000, seed=1, sweeps=400, slabs=slabs)
    for model, temperature, spins in zip(MODELS, TEMPERATURES, drawn, strict=True):
        exact = blume_capel_torus(4, temperature, model.crystal_field, model.field, model.coupling)
        seen = np.stack([model.energy(spins) / 16, (spins**2).mean(axis=(1, 2)),
                         spins.mean(axis=(1, 2))])  # fmt: skip
        errors = seen.std(axis=1) / np.sqrt(len(spins))
        assert (np.abs(seen.mean(axis=1) - exact[1:]) < 4 * errors).all()


def test_the_table_holds_every_term_of_a_site():
    """All 19,683 states of a 3 x 3 torus: a site's row differs by what the energy differs by."""
    model = BlumeCapel(-0.7, crystal_field=1.3, field=0.4)
    spins = all_configurations(model, 3)
    table = site_table(model, 3)
    others = spins[:, table.neighbours[4].astype(int) // 3, table.neighbours[4].astype(int) % 3]
    numbers = (others.astype(int) + 1) @ 3 ** np.arange(4)[::-1]
    for state in (0, 1, 2):
        changed = spins.copy()
        changed[:, 1, 1] = state - 1
        change = table.values[0, numbers, state] - table.values[0, numbers, spins[:, 1, 1] + 1]
        np.testing.assert_allclose(change, model.energy(changed) - model.energy(spins), atol=1e-12)


@pytest.mark.parametrize(("change", "passes"), [({}, True), ({"field": 0.0}, False)])
def test_every_state_has_its_boltzmann_probability(change, passes):
    model, size, temperature = CASES["blume-capel"]
    sampled = replace(model, **change)
    drawn = sample_blume_capel([sampled], [temperature], size, 50_000, seed=1, sweeps=60)[0]
    assert (p_value(model, drawn, temperature) > FALSE_ALARM) == passes


def test_same_seed_same_snapshots_for_any_number_of_threads(one_thread):
    one = sample_blume_capel(MODELS, TEMPERATURES, 5, 7, seed=3, sweeps=10)
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    again = sample_blume_capel(MODELS, TEMPERATURES, 5, 7, seed=3, sweeps=10)
    np.testing.assert_array_equal(one, again)
    assert (one != sample_blume_capel(MODELS, TEMPERATURES, 5, 7, seed=4, sweeps=10)).any()


@pytest.mark.parametrize(
    ("field", "change"),
    [("temperatures", {"temperatures": [1.0]}), ("temperatures", {"temperatures": [1.0, 0, 1]}),
     ("size", {"size": 1}), ("size, count", {"count": 0}), ("seed", {"seed": -1})],
)  # fmt: skip
def test_mistakes_are_named(field, change):
    good = {"temperatures": TEMPERATURES, "size": 4, "count": 1, "seed": 1, "sweeps": 1}
    with pytest.raises(InputError, match=f"^{field}.*: found"):
        sample_blume_capel(MODELS, **{**good, **change})
