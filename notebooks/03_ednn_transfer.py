# ---
# jupyter:
#   dcl:
#     title: 'From 8 x 8 to 16 x 16: the extensive network'
#     part: paper
#     minutes: 1
#     aims:
#     - Train an extensive network on the energies of a sequence model.
#     - Transfer it from 8 x 8 to 16 x 16 sites.
#     - Name the errors that average out, and those that grow with the lattice.
#     figures:
#     - '3'
#     - '4'
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
# # From 8 x 8 to 16 x 16: the extensive network
#
# *Figures 3 and 4 of the paper.* The sequence model knows one lattice size, and has no notion that
# physics is the same everywhere. The extensive network (EDNN, {cite:p}`mills2019extensive`) is
# built on that notion: one small network looks at tiles and adds up what it finds {eq}`eq-ednn`. It
# is trained on labels of the sequence model alone. Can it be better than its teacher, and carry the
# Hamiltonian to a larger lattice?

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

# %%
import numpy as np

from dcl.analysis.plotting import energy_curve, energy_parity, level_errors, shown
from dcl.exact import ising_thermodynamics
from dcl.runs.contents import level_energies, model, scan_result
from dcl.runs.labels import sentences
from dcl.runs.named_results import named_energies, named_scans
from dcl.runs.run_metrics import metrics
from dcl.runs.stages import open_run

# %%
run = open_run("ising", profile)
reached = metrics(run)
ednn = model(run, "ednn")

# %% [markdown]
# The extensive network (EDNN) has layers of 32 and 64 units and is trained on labels of the GRU
# alone, as in the paper. Its tile of $4 \times 4$ sites has $2^{16}$ patterns, so that the whole
# network can be written out as a table of energies. Metropolis then looks up the four tiles that a
# flip touches.
#
# Beside it stands a cluster expansion, which is no trained network. It is fitted by least squares
# to the energies of a masked network with all symmetries imposed ({ref}`terms`), and keeps the
# significant couplings of a $3 \times 3$ tile. For Ising these are the two couplings to the
# neighbours.

# %%
# NBVAL_CHECK_OUTPUT
print(f"focus {ednn.focus}, context {ednn.context}, {ednn.table.size} patterns of a tile")

# %%
print(*sentences(run), sep="\n")

# %% [markdown]
# ## Figure 4: the student beside its teacher
#
# Both on the same test set, 63 energy levels of the 8 x 8 lattice with equal weight. The errors of
# the teacher differ from one part of the lattice to another; the student can only express what all
# tiles have in common, so they average out. The scale is logarithmic; the band holds the middle
# nine tenths of the errors within a level. That of the cluster expansion is thin: with one coupling
# every configuration of a level has the same energy.

# %% tags=["figure-4"]
true = level_energies(run, "true")
learned = named_energies(run, ("gru", "ednn", "couplings"))
shown(
    level_errors(true, learned, size=8),
    f"RMSE over all levels: GRU {reached['rnn_rmse']:.2f} J, the EDNN that it taught "
    f"{reached['ednn_rmse']:.2f} J, a cluster expansion {reached['couplings_rmse']:.3f} J.",
)

# %% [markdown]
# ## Figure 3b: the energy of a larger lattice
#
# Configurations of 16 x 16 at all levels, which no network has ever seen. Their exact energies
# serve the comparison only.

# %%
# NBVAL_CHECK_OUTPUT
true_16 = level_energies(run, "true_16x16")
print(f"{len(true_16)} levels from {true_16.min():.0f} to {true_16.max():.0f} J")

# %% tags=["figure-3b"]
larger = named_energies(run, ("ednn", "couplings"), "_16x16")
shown(
    energy_parity(true_16, larger, size=16),
    f"On 16 x 16 lattices the RMSE over all levels is {reached['ednn_rmse_16x16']:.2f} J for the "
    f"trained EDNN and {reached['couplings_rmse_16x16']:.3f} J for the cluster expansion.",
)

# %% [markdown]
# ## Figure 3c: the larger lattice at every temperature
#
# Metropolis with replica exchange under the extensive network, beside Kaufman's exact curves
# {cite:p}`kaufman1949crystal` for the same torus.

# %% tags=["figure-3c"]
scans = named_scans(run, ("ednn", "couplings"), "_transfer")
scan = scan_result(run, "scan_ednn_transfer")
truth = ising_thermodynamics(16, np.linspace(scan.temperatures[0], scan.temperatures[-1], 200))
shown(
    energy_curve(scans, truth, size=16, observed=4.0),
    "Energy and heat capacity of the 16 x 16 lattice beside the exact curves; the largest error of "
    f"the energy is {reached['ednn_scan_16x16_max_error_per_spin']:.4f} J per spin for the trained "
    f"EDNN, {reached['couplings_scan_16x16_max_error_per_spin']:.4f} J for the cluster expansion.",
)

# %%
# NBVAL_CHECK_OUTPUT
peak = ising_thermodynamics(16, np.arange(2.0, 2.6, 0.01))
print(f"exact heat capacity peaks at T = {peak.temperatures[peak.heat_capacity.argmax()]:.2f}")

# %% [markdown]
# ## What it shows, and where it falls short
#
# A Hamiltonian learned from a small lattice in its disordered phase predicts the transition of a
# larger one. Two limits remain. Neither series can express interactions that do not fit into its
# tile: 4 x 4 sites of the trained network, 3 x 3 of the cluster expansion. And an error in the
# *strength* of a coupling does not average out: it grows in proportion to the number of sites.
#
# :::{admonition} Exercise: count the bonds
# The 8 x 8 lattice has 128 bonds and 16 tiles. Give a rule by which each tile adds up bonds that it
# can see, so that every bond counts once.
# :::
#
# :::{admonition} Solution
# :class: dropdown
# Each tile takes the bonds to the left of and above its four focus sites: 8 bonds a tile, and with
# the context of one site it sees both ends of each. This is one solution of many: the network may
# share out the energy of a bond among the tiles that see it in any way.
# :::
#
# :::{admonition} Exercise: errors that add up
# The learned coupling is too large by one part in a hundred. By how much is the energy of a ground
# state off at 8 x 8, and at 16 x 16? And if each bond had an error of its own, at random?
# :::
#
# :::{admonition} Solution
# :class: dropdown
# 1.28 J and 5.12 J: in proportion to the number of sites. Independent errors of the bonds would
# grow as its square root only, by a factor of two. This is why the two test sets are worth having.
# :::
#
# :::{admonition} Exercise: how many tiles does a spin touch?
# For tiles of width $f + 2c$, one for every $f \times f$ block, in how many tiles is each site?
# :::
#
# :::{admonition} Solution
# :class: dropdown
# If $f$ divides $2c$, in $((f + 2c) / f)^2$: four for $f = 2$, $c = 1$, nine for $f = 1$, $c = 1$.
# So many look-ups does a proposal need, on a lattice of any size.
# :::
