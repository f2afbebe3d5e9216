"""Exact solutions on small lattices, without sampling: what every estimate is judged by."""

from dcl.exact.blume_capel import blume_capel_torus, strip_critical_temperature
from dcl.exact.canonical import Thermodynamics
from dcl.exact.ising import ising_density_of_states, ising_thermodynamics
from dcl.exact.ising_field import ising_field_log_partition
from dcl.exact.masked_spins import bayes_masked_loss, draw_masks, neighbour_entropy
from dcl.exact.multi_spin import multi_spin_thermodynamics
from dcl.exact.onsager import critical_temperature, energy_per_spin, spontaneous_magnetisation
from dcl.exact.potts import potts_density_of_states, potts_thermodynamics
from dcl.exact.spin_glass import spin_glass_thermodynamics
from dcl.exact.tasep import tasep_current, tasep_distribution, tasep_fisher, tasep_partition

__all__ = [
    "Thermodynamics",
    "bayes_masked_loss",
    "blume_capel_torus",
    "critical_temperature",
    "draw_masks",
    "energy_per_spin",
    "ising_density_of_states",
    "ising_field_log_partition",
    "ising_thermodynamics",
    "multi_spin_thermodynamics",
    "neighbour_entropy",
    "potts_density_of_states",
    "potts_thermodynamics",
    "spin_glass_thermodynamics",
    "spontaneous_magnetisation",
    "strip_critical_temperature",
    "tasep_current",
    "tasep_distribution",
    "tasep_fisher",
    "tasep_partition",
]
