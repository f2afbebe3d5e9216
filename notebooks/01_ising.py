# ---
# jupyter:
#   dcl:
#     title: 'Ising: energies from snapshots'
#     part: paper
#     minutes: 9
#     aims:
#     - Turn the learned probability of a snapshot into an energy.
#     - Compare learned with exact energies at all 63 levels of the 8 x 8 lattice.
#     - Predict energy and heat capacity at temperatures that were never observed.
#     figures:
#     - '2a'
#     - '2b'
#     experiments:
#     - ising
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Ising: energies from snapshots
#
# *Figures 2a and 2b of the paper.* We watch an 8 x 8 Ising ferromagnet at one temperature, $T = 4$,
# well above its phase transition at $T_c \approx 2.27$. Do these snapshots alone determine the
# energy of any configuration, ordered ones included, and the energy of the system at every other
# temperature?

# %% tags=["remove-cell"]
# On Google Colab, and only there: get the repository and install the package.
import os
import subprocess
import sys

if "google.colab" in sys.modules and not os.path.isdir("/content/dcl"):
    source = "https://github.com/the_owner/dcl"
    subprocess.run(["git", "clone", "-q", source, "/content/dcl"], check=True)
    subprocess.run(["pip", "install", "-q", "/content/dcl"], check=True)
    os.chdir("/content/dcl/notebooks")

# %% tags=["parameters"]
import os

profile: str = os.environ.get("DCL_PROFILE", "quick")

# %% [markdown]
# A *run* holds the stages of an experiment on disk. A stage that is there is read; one that is
# missing is made now (minutes with the profile `quick`). All parameters are in
# `experiments/ising.toml`.

# %%
import numpy as np

from dcl.analysis.coupling_figures import weight_map
from dcl.analysis.plotting import energy_curve, energy_parity, learning_curve, shown
from dcl.exact import ising_thermodynamics
from dcl.lattice.hamiltonians import EdwardsAnderson
from dcl.models.skip_weights import skip_weights
from dcl.runs.contents import history, level_energies, levels, model, scan_result, snapshots
from dcl.runs.labels import sentences
from dcl.runs.named_results import named_energies, named_scans
from dcl.runs.run_metrics import metrics
from dcl.runs.stages import open_run

# %%
run = open_run("ising", profile)
observed, test = snapshots(run), levels(run)

# %%
# NBVAL_CHECK_OUTPUT
print(f"{len(observed.configurations)} snapshots at T = {observed.temperature:g}")
print("values of the spins:", *np.unique(observed.configurations))

# %% [markdown]
# ## What the exact answer is
#
# The Ising model on a torus is solved {cite:p}`kaufman1949crystal`, so everything below has a truth
# to be compared with. None of it is shown to the networks.

# %%
# NBVAL_CHECK_OUTPUT
exact = ising_thermodynamics(8, [1.0, 2.0, 4.0])
for temperature, energy, entropy in zip(
    exact.temperatures, exact.energy, exact.entropy, strict=True
):
    print(f"T = {temperature:.0f}: E = {energy:9.4f} J, S = {entropy:8.4f}")

# %%
# NBVAL_CHECK_OUTPUT
spins = observed.configurations.astype(int)
agreement = (spins * np.roll(spins, 1, axis=1)).mean()
energies = run.experiment.hamiltonian.energy(spins)
error = energies.std() / np.sqrt(len(energies))
print(f"the snapshots: E = {energies.mean():.4f} +- {error:.4f} J at T = 4")
print(f"mean product of neighbours: {agreement:.4f}, exactly {-exact.energy[-1] / 128:.4f}")

# %% [markdown]
# ## Learning the probability
#
# The sequence model predicts each spin from those before it. Here it is a gated recurrent network
# (GRU) beside a linear skip, for which {eq}`eq-logit` is the reason. It is trained on the snapshots
# as they are: no symmetry of the torus is imposed on it. Other models of the same snapshots stand
# beside it in the figures, under their own names:

# %%
print(*sentences(run), sep="\n")

# %% [markdown]
# The product of the conditional probabilities is $P(\sigma)$ {eq}`eq-chain`. The smallest negative
# log-likelihood that any model can reach is the entropy at $T = 4$; the gap to it is the
# Kullback-Leibler divergence, measured on fresh snapshots that have no part in the training. The
# first half of the curve is the linear skip alone, the second half the whole network. Where the
# second begins the divergence may jump up: the learning rate returns from one percent of its peak
# to the full peak, and the first large steps move the skip's weights away from their optimum. It
# falls again as the learning rate does.

# %%
record = history(run, "gru")
shown(
    learning_curve(record),
    f"GRU with a linear skip, trained: the divergence falls from {record['kl'][0]:.2g} to "
    f"{record['kl'][-1]:.2g} nats.",
)

# %% [markdown]
# Nobody has shown the network which spins are neighbours. Its skip has found them: to leading order
# a weight is $2 \beta J$ where there is a bond {eq}`eq-logit`, and zero elsewhere. The weights of
# one site, marked by a star, lie on the lattice at the right. Grey sites come later in the
# sequence.

# %%
weights = skip_weights(model(run, "gru")) * observed.temperature / 2
is_bond = EdwardsAnderson(np.ones((8, 8)), np.ones((8, 8))).coupling_matrix() > 0
near, other = (weights[np.tril(pairs, -1)] for pairs in (is_bond, ~is_bond))
shown(
    weight_map(weights, site=60),
    f"Weights of the linear skip, times T / 2: {near.mean():.2f} J between neighbours on average, "
    f"{other.std():.2f} J root mean square between all other pairs. Partners are 1, 7, 8 and 56 "
    "places back; the paler weights beside them come from paths over spins that are not yet read.",
)

# %% [markdown]
# ## Figure 2a: the energy of every level
#
# Boltzmann turns $-T \ln P$ into an energy {eq}`eq-energy`, up to a constant. The test set has the
# same number of configurations at each of the 63 energy levels, from the two ordered ground states
# at $-2J$ per spin to the checkerboards at $+2J$. Marks are means over a level, bars the spread
# within it; the mean difference over the set is subtracted.

# %%
# NBVAL_CHECK_OUTPUT
print(f"{len(test.energies)} levels from {test.energies[0]:.0f} to {test.energies[-1]:.0f} J")

# %% tags=["figure-2a"]
reached, drawn = metrics(run), ("gru", "paper_gru", "masked")
true, learned = level_energies(run, "true"), named_energies(run, drawn)
shown(
    energy_parity(true, learned, size=8),
    f"Energies learned by a GRU with a linear skip follow the true ones, RMSE "
    f"{reached['rnn_rmse']:.2f} J; a masked network with all symmetries imposed has "
    f"{reached['masked_rmse']:.2f} J.",
)

# %% [markdown]
# ## Figure 2b: every temperature
#
# Metropolis needs nothing but energy differences. Under the learned energies it predicts the
# internal energy and the heat capacity at all temperatures at once; the chains at neighbouring
# temperatures exchange configurations. The dashed line marks the temperature that was observed.
# Error bars are one standard error, from a jackknife over independent chains {eq}`eq-histogram`.

# %% tags=["figure-2b"]
scans, scan = named_scans(run, drawn), scan_result(run, "scan_gru")
truth = ising_thermodynamics(8, np.linspace(scan.temperatures[0], scan.temperatures[-1], 200))
shown(
    energy_curve(scans, truth, size=8, observed=observed.temperature),
    "Energy and heat capacity under the GRU beside the exact curves, through the transition; its "
    f"largest error is {reached['rnn_scan_max_error_per_spin']:.3f} J per spin.",
)

# %% [markdown]
# ## What it shows, and where it falls short
#
# The snapshots at $T = 4$ determine the energy at every temperature. The table of [numbers
# reached](../book/results.md) has the errors beside the paper's.
#
# The energies are best where the snapshots were. Levels far below are hardly ever seen at $T = 4$,
# so that the model's values there are an extrapolation. The sequence model knows one lattice size
# only, and every proposal makes it read a good part of the lattice again. The next step, an
# extensive network, has neither limit.
#
# :::{admonition} Exercise: missing levels
# Energies of the 8 x 8 lattice lie between $-128 J$ and $+128 J$ in steps of $4 J$. That would make
# 65 levels. Which two are missing, and why?
# :::
#
# :::{admonition} Solution
# :class: dropdown
# $-124 J$ and $+124 J$. From a ground state the cheapest change is to turn one spin, which breaks
# four bonds and costs $8 J$. At the other end the same holds for the checkerboards: turning every
# other spin maps one end onto the other.
# :::
#
# :::{admonition} Exercise: how good must a model be?
# The paper's sequence model has an error of 2.06 J over all levels. Suppose that it had the same
# error on snapshots at $T = 4$. What Kullback-Leibler divergence would that be {eq}`eq-rmse-kl`,
# and what does an error of 0.5 J ask for?
# :::
#
# :::{admonition} Solution
# :class: dropdown
# $D = (\text{RMSE} / T_O)^2 / 2$: 0.13 nats for 2.06 J, and 0.008 nats for 0.5 J, of an entropy of
# 40 nats. The figure of the training shows where the model of this run is.
# :::

# %%
# NBVAL_CHECK_OUTPUT
print("levels and energies of the test set agree:", np.allclose(true.T, test.energies))
