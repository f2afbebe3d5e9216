# ---
# jupyter:
#   dcl:
#     title: 'Generalisation: too few hidden units, or too many'
#     part: neighbours
#     minutes: 2
#     aims:
#     - Split the error of a Boltzmann machine into a model error and a data error.
#     - Find the number of hidden units that suits a number of snapshots.
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
# # Generalisation: too few hidden units, or too many
#
# *A neighbour of the paper: {cite:t}`kim2023tradeoff`; figures after its description.* A restricted
# Boltzmann machine learns the distribution of snapshots. How many hidden units should it have? A
# small machine cannot express the distribution; a large one learns the accidents of its data.
#
# The paper splits the generalisation error $\mathrm{GE} = D(p \,\|\, q_M)$ of a machine that saw
# $M$ snapshots. The *model error* $\mathrm{ME} = D(p \,\|\, q^*)$ is that of the best machine for
# $p$ itself. The rest is the *data error*, $\mathrm{DE} = \mathrm{GE} - \mathrm{ME}$. Its two
# systems are the Ising model and the open TASEP, a chain of particles that enter at rate $\alpha$,
# hop to the right, and leave at rate $\beta$.
#
# Here every state is enumerated, so that all three errors are exact but for the choice of the data
# sets and of the optimum that a fit ends in.

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

from dcl.analysis.plotting import shown
from dcl.chapters import generalisation_tradeoff as tradeoff
from dcl.exact.tasep import tasep_current, tasep_distribution
from dcl.learning.boltzmann_machine import all_states, divergence, entropy, rbm_log_probability
from dcl.runs.gates import check, write_gates
from dcl.sampling.tasep_chains import sample_tasep

# %%
length = {"smoke": 5, "quick": 8, "paper": 10}[profile]
seeds = {"smoke": 4, "quick": 10, "paper": 40}[profile]
hidden = (0, 1, 2, 4) if profile == "smoke" else (0, 1, 2, 4, 8)
states = all_states(length)

# %% [markdown]
# ## The exact steady state
#
# The steady state of the TASEP is a product of matrices {cite:p}`derrida1993exact`. Its partition
# function $Z_L$ gives the current, $J = Z_{L-1} / Z_L$, which must equal the rates at both ends,
# $\alpha (1 - \rho_1) = \beta \rho_L$. Random-sequential Monte Carlo must find the same densities.

# %%
# NBVAL_CHECK_OUTPUT
off = []
for alpha, beta in ((1.0, 1.0), (0.3, 0.3), (0.7, 0.2)):
    p = tasep_distribution(length, alpha, beta)
    flows = np.array([alpha * p[: len(p) // 2].sum(), beta * p[1::2].sum()])
    off.append(np.abs(flows - float(tasep_current(length, alpha, beta))).max())
gates = check({"current at both ends off by": (max(off), "<= 1e-10")})

# %%
# NBVAL_CHECK_OUTPUT
words = 200
chains = sample_tasep(length, 0.3, 0.3, 64 * words, seed=1)
density = (chains.reshape(words, 64, length).mean(axis=1) + 1) / 2
exact = tasep_distribution(length, 0.3, 0.3) @ (states + 1) / 2
off = abs(density.mean(axis=0) - exact) / (density.std(axis=0) / np.sqrt(words))
gates |= check({"sampled densities off by, in errors": (off.max(), "<= 4")})

# %% [markdown]
# ## The model error
#
# L-BFGS maximises the exact likelihood from three random starts. Without hidden units the best
# machine has the right density at each site, and its error is known: the sum of the entropies of
# single sites, less the entropy of the whole. Each further unit lowers the error. The optimum is
# not unique: with four units, starts differ by up to a factor of two.

# %%
systems = {
    "TASEP (1, 1)": tasep_distribution(length, 1.0, 1.0),
    "TASEP (0.3, 0.3)": tasep_distribution(length, 0.3, 0.3),
    "Ising, T = 2.27": tradeoff.ising_distribution(2 if profile == "smoke" else 3, 2.27),
}
model_errors = {name: [tradeoff.model_error(p, n) for n in hidden] for name, p in systems.items()}
for name, values in model_errors.items():
    print(f"{name:17}", *(f"{value:9.2g}" for value in values))

# %%
# NBVAL_CHECK_OUTPUT
curves, known = np.array(list(model_errors.values())), []
for p in systems.values():
    up = p @ (all_states(len(p).bit_length() - 1) + 1) / 2
    known.append(sum(entropy(np.array([x, 1 - x])) for x in up) - entropy(p))
gates |= check({
    "model error without hidden units off by (nats)": (abs(curves[:, 0] - known).max(), "<= 1e-9"),
    "largest rise of a model error with a unit (nats)": (np.diff(curves).max(), "<= 1e-9"),
    "model error with the most units (nats)": (curves[:, -1].max(), "<= 1e-3"),
})  # fmt: skip

# %% [markdown]
# ## The data error
#
# For a machine that contains the truth, the average over data sets of $M \cdot \mathrm{DE}$ tends
# to half the number of parameters. Without hidden units it tends to $L / 2$ even though the truth
# is outside, because single sites are all that the machine fits. With hidden units the law fails at
# these $M$: a machine whose extra units are not needed is singular.

# %%
# NBVAL_CHECK_OUTPUT
found = {m: tradeoff.generalisation(systems["TASEP (1, 1)"], 0, m, seeds=200) for m in (1024, 8192)}
off = [abs(m * errors.de - length / 2) / (m * errors.errors) for m, errors in found.items()]
gates |= check({"M DE off from L / 2 by, in errors": (max(off), "<= 4")})

# %% [markdown]
# ## Too few, or too many
#
# The likelihood of few data has no maximum: couplings grow for ever, and so does the error. The
# fit's end is therefore part of the result. Left: at most 200 steps and no penalty. Right: a
# penalty of $0.005 \, |\theta|^2$. The dashed line is the model error.

# %%
amounts = (64, 512) if profile == "smoke" else (64, 512, 4096)
truth = systems["TASEP (1, 1)"]


def sweep(p, samples, **options):
    """GE and its error for every number of hidden units."""
    options |= {"seeds": seeds, "max_iterations": 200}
    every = np.array([tradeoff.sample_errors(p, n, samples, **options) for n in hidden])
    return np.array([every.mean(axis=1), every.std(axis=1) / np.sqrt(seeds)])


free = {samples: sweep(truth, samples) for samples in amounts}
panels = {"200 steps": free, "penalty": {m: sweep(truth, m, l2=0.01) for m in amounts}}

# %%
few = free[64][0]
alt = f"After 64 snapshots the error rises from {few[0]:.2g} to {few[-1]:.2g} nats with more units."
shown(tradeoff.tradeoff_figure(hidden, model_errors["TASEP (1, 1)"], panels), alt)

# %%
# NBVAL_CHECK_OUTPUT
best = [int(np.argmin(free[samples][0])) for samples in amounts]
gates |= check({
    "smallest change of the best size with M": (np.diff(best).min(), ">= 0"),
    "error at M = 64, most units over the best": (few[-1] / few.min(), ">= 10"),
})  # fmt: skip
write_gates("11_generalisation_tradeoff", profile, gates)

# %% [markdown]
# ## The best size and the complexity of the data
#
# The paper finds that the optimum grows with the complexity of the data. Entropy alone is not it:
# on the line $\alpha + \beta = 1$ the TASEP has no correlations, so that no hidden unit is needed
# although the entropy is large. What counts is what single sites leave unexplained.

# %%
rates = (0.3, 1.0) if profile == "smoke" else (0.2, 0.3, 0.5, 0.7, 1.0)
temperatures = (2.0, 4.0) if profile == "smoke" else (1.5, 2.0, 2.27, 2.6, 3.0, 4.0, 6.0)
size = 2 if profile == "smoke" else 3


def best_size(p):
    """Number of hidden units with the lowest GE at M = 512, lightly penalised."""
    errors = [tradeoff.sample_errors(p, n, 512, seeds // 2, l2=1e-3).mean() for n in hidden]
    return hidden[int(np.argmin(errors))]


plane = np.array([[best_size(tasep_distribution(length, a, b)) for a in rates] for b in rates])
entropies = np.array([[entropy(tasep_distribution(length, a, b)) for a in rates] for b in rates])
ising = [tradeoff.ising_distribution(size, temperature) for temperature in temperatures]

# %%
alt = "The TASEP needs no hidden unit near alpha + beta = 1, where its entropy is large."
maps = {"TASEP: best size": plane, "TASEP: entropy (nats)": entropies}
shown(tradeoff.plane_figure(rates, maps), alt)

# %%
print(f"Ising {size} x {size}: temperature, best size, entropy in nats")
for temperature, p in zip(temperatures, ising, strict=True):
    print(f"{temperature:11.2f} {best_size(p):10} {entropy(p):9.2f}")

# %% [markdown]
# ## Training as it is done, and another network
#
# Exact gradients need all $2^L$ states. Machines are trained by contrastive divergence (CD-k),
# whose Gibbs chains start at the data, or by persistent CD. Their errors are reported here and
# bound nothing. Last comes the masked network of this package, fitted to the same 512 snapshots.

# %%
drawn = states[np.random.default_rng(0).choice(len(truth), 512, p=truth)]
updates = 200 if profile == "smoke" else 3000
ways = {"CD-1": {}, "CD-10": {"steps": 10}, "PCD": {"persistent": True}}
for name, options in ways.items():
    theta = tradeoff.fit_by_contrastive_divergence(drawn, hidden[-1], updates=updates, **options)
    print(f"{name:7} GE = {divergence(truth, rbm_log_probability(theta, states)):.3f} nats")

# %%
if profile != "smoke":
    from dcl import Snapshots
    from dcl.learning.sequence import fit_sequence
    from dcl.learning.settings import SequenceSettings

    shape = (-1, 2, length // 2)  # read row by row, the chain in order
    settings = SequenceSettings(architecture="masked", configurations_seen=50_000)
    model, _ = fit_sequence(Snapshots(drawn.reshape(shape), 1.0), settings, boundaries="open")
    log_q = model.log_probability(states.reshape(shape))
    print(f"masked  GE = {divergence(truth, log_q):.3f} nats")

# %% [markdown]
# ## What it shows, and what could not be read
#
# Both halves of the paper's statement hold here: more hidden units lower the model error and raise
# the data error, and the best size grows with $M$. That it grows with complexity holds if
# complexity means correlations, not entropy. The paper's sizes, amounts of data and training could
# not be read, so that its figures are not compared point by point.
#
# :::{admonition} Exercise: a law without correlations
# At $\alpha = 0.7$, $\beta = 0.3$ the best machine has no hidden units for any $M$. Why?
# :::
#
# :::{admonition} Solution
# :class: dropdown
# For $\alpha + \beta = 1$ the matrices can be numbers, $D = 1 / \beta$ and $E = 1 / \alpha$: sites
# are independent. The model error is zero at any size, and a hidden unit adds data error only.
# :::
