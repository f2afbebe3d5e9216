# ---
# jupyter:
#   dcl:
#     title: 'Your data: one file, and what it says about every temperature'
#     part: beyond
#     minutes: 2
#     aims:
#     - Inspect a file of snapshots before anything is fitted.
#     - Infer its Hamiltonian and predict every temperature with error bands.
#     - Check the inferred Hamiltonian against the snapshots.
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
# # Your data: one file, and what it says about every temperature
#
# You have configurations of a lattice, from a microscope, an optical lattice or a simulation, all
# at one temperature. What are the forces, and what would the system do at other temperatures?
#
# Put the name of your file in the next cell and run the notebook again: `.npz` or HDF5 with
# `configurations` of shape $(n, L_1, L_2)$ and `temperature`, or `.npy` with the configurations
# alone and the temperature below. Without a file the notebook makes one to show how it goes: Ising
# spins on 12 x 8 sites at $T = 3$. They have a four-spin term, which no method below assumes.
#
# The method is for systems that look the same everywhere, with forces that reach two sites or less.

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
path: str = ""
temperature: float = 0.0
boundaries: str = "periodic"

# %%
from pathlib import Path
from tempfile import mkdtemp

from dcl.analysis.inspection import inspect
from dcl.chapters.demonstration import demonstration_file
from dcl.lattice.snapshot_files import open_snapshots

# %%
file = Path(path or demonstration_file(Path(mkdtemp()), 1500 if profile == "smoke" else 20_000))
snapshots = open_snapshots(file, temperature or None)

# %% [markdown]
# ## What is in the file
#
# Look before you fit. `dcl inspect FILE` prints the same. Snapshots that follow each other in a
# simulation are alike, so that the file may be worth fewer than it holds.

# %%
found = inspect(snapshots, boundaries)
print(found)

# %%
# NBVAL_CHECK_OUTPUT
print("values:", snapshots.stored)
print("lattice:", snapshots.shape[1:], "at T =", snapshots.temperature)
print("magnetisation:", round(found.magnetisation.mean, 1))

# %% [markdown]
# ## The Hamiltonian, and all temperatures
#
# `learn` fits the Hamiltonian, predicts every temperature on a lattice of the same size, and checks
# that a simulation of the inferred Hamiltonian agrees with the snapshots. `dcl learn FILE --out
# study/` does the same.

# %%
from dcl.lattice.symmetries import ALL_SYMMETRIES
from dcl.learning.settings import PseudolikelihoodSettings
from dcl.runs.grids import parse_temperatures
from dcl.runs.study import learn
from dcl.runs.study_report import write

# %%
few = profile == "smoke"
study = learn(
    snapshots,
    parse_temperatures("2,3,4,5") if few else None,
    boundaries=boundaries,
    settings=PseudolikelihoodSettings(symmetries=() if path else ALL_SYMMETRIES),
    sweeps=400 if few else None,
)
print(*study.terms, sep="\n")

# %%
# NBVAL_CHECK_OUTPUT
for term in study.couplings:
    print(f"{term['words']}: {term['coupling']:.1f} J")

# %%
from dcl.analysis.plotting import predicted_curves, shown

supported = study.supported
span = (supported.min(), supported.max()) if len(supported) else None
peak = study.prediction.temperatures[study.prediction.heat_capacity.argmax()]
shown(
    predicted_curves(study.prediction, snapshots.temperature, span),
    "Energy, heat capacity, order parameter and Binder cumulant against temperature, with bands of "
    f"one standard error; the heat capacity is largest near T = {peak:g}.",
)

# %% [markdown]
# Bands are one standard error, of the simulation and of the Hamiltonian's couplings together. In
# the shaded range the snapshots themselves, reweighted to the other temperature, are worth a
# hundred or more. Outside it the prediction rests on the form of the Hamiltonian.
#
# ## Does the inferred Hamiltonian reproduce the snapshots?
#
# Simulated at their temperature, it must have their energy and magnetisation. Where symmetries were
# imposed, a third check is whether the snapshots have them: of the couplings without them, it shows
# the one that is the most standard errors from zero.

# %%
print(*study.checks, sep="\n")

# %%
# NBVAL_CHECK_OUTPUT
print("all checks agree:", all(check.passed for check in study.checks))
print("the observed temperature is supported:", snapshots.temperature in supported)

# %% [markdown]
# ## The report
#
# The report is one HTML file with all of this. Beside it are the predictions as JSON and CSV, the
# Hamiltonian, and the model for `dcl scan` and `dcl energy`, each with the SHA-256 of your data.
# They are in a folder beside your file, with `.study` for its ending.

# %%
write(study, file.with_suffix(".study"))
print(*sorted(made.name for made in file.with_suffix(".study").iterdir()), sep="\n")

# %% [markdown]
# ## Where it falls short
#
# - A force that reaches further than two sites is not found. The nearest term takes its place, and
#   a check should disagree.
# - A term weaker than about three standard errors of its coupling is left out, and no error band
#   includes it.
# - Places that differ (a trap, impurities, a glass) need a sequence model: `dcl fit`.
# - Noise, missing sites and long exposures change the couplings; `23_imperfect_pictures`
#   says how, and what to do about it.
# - You have to give the temperature. If it is wrong by some percent, so are all couplings, and the
#   curves are right on an axis that is stretched. If $J$ is unknown, say temperature 1, and read
#   couplings in units of $k_B T$.
#
# :::{admonition} Exercise: the unit of energy
# The bands are narrowest at the temperature of the snapshots, and the energy's band there is not
# zero. Which of the checks would still pass if all couplings and the temperature were doubled?
# :::
#
# :::{admonition} Solution
# :class: dropdown
# All of them. Snapshots know energies only in units of $T$, so that doubling both gives the same
# probabilities. That is why the temperature must come from you.
# :::
