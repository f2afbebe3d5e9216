# ---
# jupyter:
#   dcl:
#     title: 'Robustness: what the choices are worth'
#     part: beyond
#     minutes: 5
#     aims:
#     - Measure how much each choice of the paper matters.
#     - Compare a difference with the spread over seeds.
#     experiments:
#     - robustness
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
# # Robustness: what the choices are worth
#
# The paper says of several choices that they do not matter much: the temperature of observation,
# the unwrapping, the number of stacked GRUs. Its supplement and its authors' code make others: the
# loss, snapshots stored after every proposal, a "dropout rate of 0.9". Here each is changed alone,
# on small Ising runs with three seeds.
#
# Two baselines are needed. Next to a linear skip hardly anything else about the network matters. So
# choices about the data are tested *with* the skip, and choices about the network, its reading
# order included, *without* it. All networks are GRUs that are trained on 200,000 snapshots with no
# symmetries imposed. The plain ones are far from converged: their training is short.

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
claims: str = "all"
seeds: int = 3

# %% [markdown]
# `claims` may name some of the tests: `papermill ... -p claims "order loss"`. All variants are in
# `dcl.chapters.robustness.VARIANTS`, all parameters in `experiments/robustness.toml`.

# %%
from dcl.analysis.plotting import outcome_spread, shown
from dcl.chapters.accuracy_rows import spread
from dcl.chapters.robustness import VARIANTS, chosen_claims, open_robustness, outcomes

# %%
# NBVAL_CHECK_OUTPUT
for claim, variants in VARIANTS.items():
    print(f"{claim}: {', '.join(variants)}")

# %%
chosen, seeds = chosen_claims(profile, claims, seeds)
run = open_robustness(profile, seeds)
found = {claim: outcomes(run, claim, seeds) for claim in chosen}
errors = {
    claim: {v: [o["rnn_rmse"] for o in outcome] for v, outcome in variants.items()}
    for claim, variants in found.items()
}

# %%
# NBVAL_CHECK_OUTPUT
config = run.experiment.gru
print(f"{config.units} units, loss {config.loss}, order {config.order}")

# %%
# NBVAL_CHECK_OUTPUT
print(
    "every fit has a finite error:",
    all(o["rnn_rmse"] < 1e3 for c in found.values() for v in c.values() for o in v),
)


# %% [markdown]
# ## With the linear skip: the data
#
# One open mark a seed, a bar at the median. The KL divergence compares likelihoods at the
# temperature of each run; the energy is what carries over to other temperatures.


# %%
def figure_of(*names):
    """RMSE of the variants of these claims, as far as they were tested."""
    groups = {claim: errors[claim] for claim in names if claim in errors}
    medians = {v: sorted(r)[len(r) // 2] for group in groups.values() for v, r in group.items()}
    alt = ", ".join(f"{variant} {rmse:.2g} J" for variant, rmse in medians.items())
    return shown(outcome_spread(groups, "RMSE (J)"), f"Median RMSE over all levels: {alt}.")


figure_of("temperature", "correlation")

# %% [markdown]
# ## Without it: order, depth, loss, dropout

# %%
figure_of("order", "layers", "loss", "dropout") if "layers" in found else None

# %% [markdown]
# ## All numbers

# %%
for claim, variants in found.items():
    for variant, outcome in variants.items():
        rmse, kl = spread(outcome, "rnn_rmse"), spread(outcome, "rnn_kl_nats")
        print(
            f"{claim:12} {variant:15} RMSE {rmse[0]:7.3f} J ({rmse[1]:.3f} to {rmse[2]:.3f}), "
            f"KL {kl[0]:.4f} nats"
        )

# %% tags=["hide-cell"]
# NBVAL_CHECK_OUTPUT
print("baselines:", sorted({next(iter(variants)) for variants in VARIANTS.values()}))

# %% [markdown]
# ## What it shows, and where it falls short
#
# Read the figures with the spread of the seeds in mind: a difference smaller than the spread says
# nothing. The runs are short, so a network without the skip is far from converged, and what would
# matter after a hundred times the training need not be what matters here.
#
# :::{admonition} What surprised us: a dropout rate of 0.9
# :class: tip
# Taken literally, the supplement drops nine activations of ten. In the library of the time the
# argument was the probability to *keep* one, so the rate is 0.1. A reader of the paper who uses
# today's libraries trains another network; the figure has both readings.
# :::
#
# :::{admonition} What surprised us: snapshots of the same moment
# :class: tip
# The authors' data were stored after every single proposal. A file of millions of states then holds
# far fewer independent ones, and nothing in the loss says so: training and test loss can look fine,
# as both come from the same few stretches of time. `every-proposal` above is that choice.
# :::
#
# :::{admonition} Exercise: how many snapshots are they worth?
# The supplement's $5.12 \times 10^7$ states of 64 spins are stored after every proposal. Assume
# that one sweep is enough to forget a configuration. How many independent snapshots is that, at
# most?
# :::
#
# :::{admonition} Solution
# :class: dropdown
# A sweep is 64 proposals, so $5.12 \times 10^7 / 64 = 8 \times 10^5$ sweeps, and no more
# independent snapshots than that. `dcl inspect` estimates the same from a file: the number of
# snapshots divided by twice their autocorrelation time.
# :::
#
# :::{admonition} Exercise: three seeds
# With three seeds, how often does the best of one variant beat the best of another if nothing
# distinguishes them? And how often are all three seeds of one better than all three of the other?
# :::
#
# :::{admonition} Solution
# :class: dropdown
# Half of the time, so that comparing the best runs proves nothing. All six results come in any
# order with the same probability: all three of the first lead in $3!\,3!/6! = 1/20$ of the cases,
# and of either in one of ten.
# :::
