# ---
# jupyter:
#   dcl:
#     title: Fluctuations and phases of stochastic gradient descent
#     part: neighbours
#     minutes: 1.5
#     aims:
#     - Test whether the noise of stochastic gradient descent is a temperature.
#     - Find the phases of training on a case with an exact answer.
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
# # Fluctuations and phases of stochastic gradient descent
#
# A network trained on small batches, as all of this book, never comes to rest: its weights jitter
# for ever. Is that jitter a temperature? If it is, training has phases, and the learning rate, the
# batch size and the first weights decide in which of them it takes place.

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
# ## The paper's picture, and ours
#
# {cite:t}`aarts2025stochastic` write the update of a weight matrix as Dyson Brownian motion (see
# also {cite:p}`aarts2024dyson`): singular values repel, and their noise is set by learning rate
# over batch size, $T = \eta / B$. {cite:t}`park2025phase` read the squared error of a layered
# network as a disordered system. Hidden units are soft spins, the variance of the first weights is
# the strength of the disorder, $T$ is the temperature. The motion of the singular values tells
# three regimes apart. A rival view, in continuous time, is that of {cite:t}`olsen2025spectra`.
#
# Our reference is a case with an exact answer at every $\eta$ and $B$. A linear student learns
# $\mathbf{y} = W^* \mathbf{x} + s\,\mathbf{n}$ from $N$ Gaussian inputs, $B$ fresh examples a step.
# Averaging the squared deviation over one step, with $\langle S^2 \rangle = 1 + (N + 1)/B$ for the
# batch's covariance $S$, gives the variance $c$ of each weight:
#
# ```{math}
# :label: eq-sgd-variance
# c = \frac{\eta s^2}{B \left[2 - \eta \left(1 + \frac{N + 1}{B}\right)\right]}
#   = \frac{\eta s^2}{2B} \, \frac{1}{1 - \eta / \eta_c} , \qquad
# \eta_c = \frac{2}{1 + (N + 1) / B} .
# ```
#
# The first factor is the temperature of the papers. The second is the finite batch.

# %%
import numpy as np

from dcl.analysis.plotting import shown
from dcl.chapters import sgd_dynamics as sgd
from dcl.chapters import sgd_figures
from dcl.chapters.skip_fluctuations import ising_skip, teacher_skip
from dcl.runs.gates import check, write_gates

smoke = profile == "smoke"
many = 8000 if smoke else 40_000
settings = [(0.1, 4, 10, 0.5), (0.4, 16, 10, 0.5), (0.3, 4, 10, 1), (0.1, 1, 10, 1),
            (0.2, 8, 10, 0.2), (0.5, 12, 10, 2)]  # fmt: skip

# %%
# NBVAL_CHECK_OUTPUT
ratios, off = [], []
print(" eta   B    s   exact c       eta s^2 / 2B")
for rate, batch, inputs, noise in settings:
    exact = sgd.stationary_variance(rate, batch, inputs, noise)
    weights = sgd.run_students(rate, batch, inputs, noise, students=many, seed=1)
    leading = rate * noise**2 / (2 * batch)
    ratios.append((rate / sgd.critical_rate(batch, inputs), (weights**2).mean() / leading))
    off.append(abs((weights**2).mean() / exact - 1))
    print(f"{rate:4} {batch:3} {noise:4}   {exact:.5e}   {leading:.5e}")

# %% [markdown]
# Rate over batch alone is 19 to 60% too low. Divided by it, all settings must fall on one curve
# without a free parameter.

# %%
alt = f"Variances at six settings lie within {max(off):.1%} of the exact curve, up to "
alt += f"{max(ratios)[1]:.1f} times rate over batch."
shown(sgd_figures.variance_figure(*np.transpose(ratios)), alt)

# %% [markdown]
# ## The end of stationary states
#
# At $\eta_c$ the mean square diverges, before a single student must. Ten inputs, $B = 4$:

# %%
# NBVAL_CHECK_OUTPUT
critical, late = sgd.critical_rate(4, 10), {}
below = sgd.stationary_variance(0.9 * critical, 4, 10, 1)
for factor, steps in ((0.9, 160), (1.1, 80), (1.1, 160)):
    weights = sgd.run_students(factor * critical, 4, 10, 1, students=2000, steps=steps, seed=2)
    late[factor, steps] = (weights**2).mean()
gates = check({
    "variance off from the exact law by, relative": (max(off), "<= 0.02"),
    "mean square at 0.9 eta_c over the exact one": (late[0.9, 160] / below, "<= 2"),
    "growth in 80 steps at 1.1 eta_c": (late[1.1, 160] / late[1.1, 80], ">= 10"),
})  # fmt: skip

# %% [markdown]
# ## Level repulsion
#
# Let the teacher be $\kappa I$. To first order in the fluctuations, singular values are $\kappa$
# plus the eigenvalues of a random symmetric matrix. Two of them keep a distance that follows the
# Wigner surmise with the mean $\sqrt{\pi c}$. The singular values of an $N \times N$ student spread
# around $\kappa$ by $\sqrt{c (N + 1) / 2}$; infinite $N$ has $\sqrt{c N / 2}$.

# %%
from scipy.stats import expon, kstest, rayleigh

two = sgd.run_students(0.05, 4, 2, 0.1, outputs=2, teacher=2, students=4000, steps=400, seed=2)
spacings = sgd.level_spacings(two)[:, 0]
mean = np.sqrt(np.pi * sgd.stationary_variance(0.05, 4, 2, 0.1))
large = sgd.run_students(0.05, 16, 10, 0.1, outputs=10, teacher=4, students=300, steps=500, seed=1)
levels = np.linalg.svd(large, compute_uv=False).ravel() - 4
variance = sgd.stationary_variance(0.05, 16, 10, 0.1)

# %%
# NBVAL_CHECK_OUTPUT
scaled = spacings / spacings.mean()
wigner = kstest(scaled, rayleigh(scale=np.sqrt(2 / np.pi)).cdf).statistic
finite, infinite = (abs(levels.std() / np.sqrt(variance * n / 2) - 1) for n in (11, 10))
gates |= check({
    "distance of spacings to the Wigner surmise": (wigner, "<= 0.03"),
    "distance of spacings to the exponential": (kstest(scaled, expon.cdf).statistic, ">= 0.15"),
    "mean spacing off by, relative": (abs(spacings.mean() / mean - 1), "<= 0.015"),
    "width at N = 10 off by, relative": (finite, "<= 0.02"),
    "width of infinite N off by, relative": (infinite, ">= 0.02"),
})  # fmt: skip

# %%
alt = f"Spacings follow the Wigner surmise within {wigner:.3f}; levels ripple on the semicircle."
shown(sgd_figures.level_figure(spacings / mean, levels, variance, size=10), alt)

# %% [markdown]
# ## Three regimes
#
# A student of 20 tanh units learns one of the same form, without noise: 2500 steps of $B = 4$.

# %%
sigmas, temperatures = [0.3, 1, 3, 10, 30], [0.003, 0.01, 0.03, 0.06, 0.1, 0.2]
regimes = sgd.phase_map(sigmas, temperatures, seeds=range(2 if smoke else 16))

# %%
# NBVAL_CHECK_OUTPUT
loss, movement = regimes.loss.mean(axis=2), regimes.movement.mean(axis=2)
gates |= check({
    "learning: largest loss": (loss[:4, 0].max(), "<= 0.08"),
    "frozen: loss": (loss[0, 3], ">= 0.2"), "frozen: movement": (movement[0, 3], "<= 0.15"),
    "divergent: share of seeds": (np.isinf(regimes.loss[5, 2:]).mean(), ">= 1"),
})  # fmt: skip

# %%
regions = {"learning": (3, 0), "frozen": (0, 3), "divergent": (5, 2)}
alt = f"Singular values grow and part while learning (loss {loss[3, 0]:.2g}), stay when frozen "
alt += f"({loss[0, 3]:.2g}), and end in divergence."
shown(sgd_figures.phase_figure(regimes, sigmas, temperatures, regions), alt)

# %% [markdown]
# ## Beyond the papers: this package's own training
#
# The linear skip of our sequence models predicts each spin from those before it. Trained by plain
# SGD, it is a set of linear students: a site with $i$ earlier sites has $N = i$ inputs. Labels $W^*
# \mathbf{x} + \mathbf{n}$ with $s = 1$ test {eq}`eq-sgd-variance`. For spins $\pm 1$ instead of
# Gaussian inputs, the fourth moment is smaller and $N + 1$ becomes $N - 1$.

# %%
fluctuations = {
    kind: teacher_skip(kind, 0.4, 16, sites=16, records=10 if smoke else 100, seed=3)
    for kind in ("normal", "spins")
}

# %%
# NBVAL_CHECK_OUTPUT
weight, off = np.arange(1, 16), []  # a site has as many weights as inputs
for kind, (measured, law) in fluctuations.items():
    off.append(abs((measured @ weight) / (law @ weight) - 1))
    print(f"{kind}: law over rate / batch {law @ weight / 120:.3f}")

# %% [markdown]
# Now its real task: $4 \times 4$ Ising snapshots at $T = 4$ and the cross-entropy. Near its
# minimum, curvature and gradient noise are the same matrix $h \langle \mathbf{x} \mathbf{x}^T
# \rangle$, $h \approx 1/4$. That is a linear student of rate $\eta h$ and noise $s^2 = 1/h$.

# %%
from dcl import Ising
from dcl.sampling.equilibrium import sample_equilibrium

snapshots = sample_equilibrium(Ising(), 4, 4.0, 8 * (600 if smoke else 4000), seed=4)
fluctuations["Ising snapshots"] = ising_skip(snapshots, 0.4, 8, seed=1)
measured, law = (values @ weight / 120 for values in fluctuations["Ising snapshots"])
print(f"measured {measured:.3f} of rate / batch, law {law:.3f}")

# %%
alt = "Weights of the linear skip fluctuate more the more inputs a site has: on Ising snapshots "
alt += f"{measured:.2f} of rate over batch, the law says {law:.2f}."
shown(sgd_figures.skip_figure(fluctuations), alt)

# %% [markdown]
# ## What it shows, and where it falls short
#
# *Reproduced:* $\eta / B$ as leading order, the Wigner surmise, the semicircle, three regimes of a
# tanh student. *Not read:* the papers' tables, sizes and code; our map is of our student. *Beyond:*
# the exact law of finite batches, and its test on our own training. For the cross-entropy it is a
# quadratic approximation, and measured variances lie a few percent above it. *Limits:* labels
# without noise have no temperature, and batches drawn without replacement fluctuate less.
#
# :::{admonition} Exercise: a teacher of zero
# The singular values of a $2 \times 2$ student carry no sign. What is the mean spacing at $\kappa =
# 0$, and does the surmise still hold?
# :::
#
# :::{admonition} Solution
# :class: dropdown
# A $2 \times 2$ matrix splits into two pairs of numbers of lengths $a$ and $b$; singular values are
# $a + b$ and $|a - b|$, their distance is $2 \min(a, b)$. At large $\kappa$ that is the pair
# without the teacher, at $\kappa = 0$ the smaller of two alike. The smaller of two Rayleigh lengths
# is one too: the surmise holds, and its mean is $\sqrt{\pi c / 2}$.
# :::

# %%
# NBVAL_CHECK_OUTPUT
zero = sgd.run_students(0.05, 4, 2, 0.1, outputs=2, students=4000, steps=400, seed=2)
smaller = sgd.level_spacings(zero).mean() / (mean / np.sqrt(2))
gates |= check({
    "linear skip: fluctuations off by, relative": (max(off), "<= 0.05"),
    "mean spacing at kappa = 0 off by, relative": (abs(smaller - 1), "<= 0.035"),
})  # fmt: skip
write_gates("20_sgd_phases", profile, gates)
