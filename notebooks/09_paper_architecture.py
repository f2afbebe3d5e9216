# ---
# jupyter:
#   dcl:
#     title: 'The paper''s own network: what it reaches, and what it would need'
#     part: paper
#     minutes: 1
#     experiments:
#     - ising
#     - potts
#     - spin_glass
#     - spin_glass_420
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
# # The paper's own network: what it reaches, and what it would need
#
# Elsewhere in this book a small network with a linear skip does the work. The paper's is another:
# one GRU of 378 units (512 for Potts) without a skip, shown 30 times $5.12 \times 10^7$
# configurations. On a CPU that would take months. Here it gets a small part of that, and its
# learning curve says what is known of the rest of the way.
#
# The runs are archived with their weights in `artifacts/`, and every file is compared with its hash
# before it is read. `python -m dcl.chapters.paper_architecture` makes them anew.

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
from dcl.analysis.learning_curves import extrapolate
from dcl.analysis.plotting import extrapolated_curves, shown
from dcl.chapters.paper_architecture import archived_systems
from dcl.learning.settings import sequence_settings
from dcl.runs.archive import load_archive
from dcl.runs.contents import history
from dcl.runs.experiment import load_experiment
from dcl.runs.stages import open_run

PAPER = sequence_settings("gru-paper").configurations_seen
archives = {system: load_archive(f"{system}-gru_paper") for system in archived_systems()}

# %%
# NBVAL_CHECK_OUTPUT
print(f"the paper: {PAPER:.4g} configurations seen")
for system, archive in archives.items():
    config = load_experiment(f"{system}-gru_paper").gru
    seen = archive.metrics["configurations_seen"]
    print(
        f"{system}: {config.units} units, {seen:.0f} configurations seen, "
        f"the paper's budget is {PAPER / seen:.0f} times as large"
    )

# %% [markdown]
# ## Machine and budget
#
# As recorded with each archive. The loss is the cross-entropy, so that the learning curve is a KL
# divergence to the exact distribution, and batches hold 500 configurations instead of 8000 (4000
# for Potts): with so few configurations, large batches would be hardly any steps. Units, dropout
# and learning rate are the paper's.

# %%
for system, archive in archives.items():
    machine, budget = archive.record["machine"], archive.record["budget"]
    print(
        f"{system}: {budget['train_seconds'] / 60:.0f} minutes, {machine['processor']}, "
        f"{machine['cores']} cores, {machine['memory_gib']} GiB; {archive.record['note']}; "
        f"{archive.record['finished'][:10]}"
    )

# %% [markdown]
# ## Learning curves
#
# The default network beside it is that of this profile; its curve has two parts, as the linear skip
# is trained alone first. Both axes are logarithmic. A power law is fitted to the later half of each
# measured curve (filled marks) and carried on to the paper's budget: **dashed and shaded, an
# extrapolation over several powers of ten, not a result.** The shade holds nine tenths of the laws
# that come of fitting the last third, half or two thirds with the residuals drawn anew. It knows
# nothing of a floor, which dropout and a constant learning rate may well put under the curve. Nor
# does it know of steps to come: curves of such networks come down in steps with plateaus between
# them, as that of Ising does here, and a law is no more than a line through those that it has seen.
#
# A curve that falls by less than a fifth in ten times the data is on a plateau, and nothing is
# carried on: it does not say when it will leave it.

# %%
curves = {
    system: extrapolate(archive.history["examples_seen"], archive.history["kl"], PAPER)
    for system, archive in archives.items()
}
default = {system: history(open_run(system, profile), "gru") for system in archives}

# %%
TITLES = {
    "ising": "Ising",
    "potts": "Potts",
    "spin_glass": "glass, seed 69",
    "spin_glass_420": "glass, seed 420",
}


def carried_on(curve):
    """Where the law takes a curve, in words."""
    if not curve.is_falling:
        return "on a plateau, not extrapolated"
    value, lowest, highest = curve.law.at(PAPER), curve.lowest[-1], curve.highest[-1]
    return f"extrapolated to {value:.1g} ({lowest:.1g} to {highest:.1g})"


ends = "; ".join(f"{TITLES[s]} {c.kl[-1]:.2g} measured, {carried_on(c)}" for s, c in curves.items())
shown(
    extrapolated_curves({TITLES[s]: (curves[s], default[s]) for s in archives}),
    "KL divergence of the paper's network against configurations seen, beside the default network; "
    f"where it falls, a dashed, shaded extrapolation to the paper's budget. In nats: {ends}.",
)

# %%
# NBVAL_CHECK_OUTPUT
for system, curve in curves.items():
    print(
        f"{system}: {len(curve.kl)} points, the last {curve.fitted} fall as "
        f"seen^{curve.law.exponent:.2f}, extrapolated: {curve.is_falling}"
    )

# %% [markdown]
# ## All numbers
#
# With this budget the paper's network is far from the default network, which gets further within
# its first minutes. That is no verdict on the paper: it had thousands of times the budget.
#
# What the archived runs reached:

# %%
# NBVAL_CHECK_OUTPUT
for system, archive in archives.items():
    reached = archive.metrics
    print(f"{system}: RMSE {reached['rnn_rmse']:.2f} J, {reached['rnn_kl_nats']:.3f} nats")

# %% [markdown]
# `needed` is an extrapolation too: after how many configurations the three laws come down to the KL
# divergence of the default network, where there is a law; read it as an order of magnitude and a
# warning. The paper's RMSE for Ising is 2.06 J.

# %%
print(f"{'':15}{'RMSE (J)':>9}{'KL (nats)':>10}{'seen':>9}{'KL, default':>12}  needed")
for system, archive in archives.items():
    reached, target, curve = archive.metrics, default[system]["kl"][-1], curves[system]
    needed = sorted(law.needed(target) for law in curve.laws)
    span = f"{needed[0]:.0e} to {needed[-1]:.0e}" if curve.is_falling else "unknown"
    print(
        f"{system:15}{reached['rnn_rmse']:9.2f}{reached['rnn_kl_nats']:10.3f}"
        f"{reached['configurations_seen']:9.1e}{target:12.4f}  {span}"
    )

# %% [markdown]
# :::{admonition} Exercise: what a power law asks for
# The KL divergence falls as $n^{-a}$ with the configurations seen. By what factor must $n$ grow to
# halve the error of the energies {eq}`eq-rmse-kl`, for $a = 1$ and for $a = 1/2$?
# :::
#
# :::{admonition} Solution
# :class: dropdown
# The error goes as $\sqrt D \sim n^{-a/2}$, so $n$ must grow by $2^{2/a}$: four times for $a = 1$,
# sixteen times for $a = 1/2$. This is why a slow start is dear.
# :::
