# ---
# jupyter:
#   dcl:
#     title: Effective dynamics of generative adversarial networks
#     part: neighbours
#     minutes: 1.5
#     aims:
#     - Describe the samples of a generator as coupled particles.
#     - Say when modes collapse, and which damping settles fastest.
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
# # Effective dynamics of generative adversarial networks
#
# A generative adversarial network learns to draw samples by a contest: a discriminator points out
# where the samples differ from the data, and a generator moves them. Often all samples end in one
# place, though the data have many. Why does a network that could draw every mode collapse onto one?
# And how much damping makes the contest settle fastest?
#
# The sequence models of this book cannot collapse so: they are fitted by likelihood.

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
# {cite:t}`durr2023effective` replace the generator by particles, its samples. A step that moves one
# sample moves the others too, as all share the weights. A wide network does so by a fixed kernel,
#
# ```{math}
# :label: eq-gan-particles
# \dot{\mathbf{x}}_i = \sum_j G_{ij} \nabla D(\mathbf{x}_j) , \qquad
# G_{ii} = g_1 , \quad G_{i \neq j} = g_2 = \phi\, g_1 ,
# ```
#
# and in high dimensions two numbers are left of it, of which only the ratio $\phi$ matters. Our
# discriminator is linear in Fourier features of the plane, $D = \mathbf{w} \cdot \mathbf{f}$, with
# a learning rate $\eta$ and a regularisation $\lambda$:
#
# ```{math}
# :label: eq-gan-discriminator
# \dot{\mathbf{w}} = \eta \left( \langle \mathbf{f} \rangle_\text{data} -
# \langle \mathbf{f} \rangle_\text{particles} \right) - \lambda \mathbf{w} .
# ```
#
# We read the paper's opening and its stored runs (100 particles in 784 dimensions, which collapse
# between $\phi = 0.46$ and $0.81$), not its tables; the data have no licence and are not used here.

# %%
import numpy as np

from dcl.analysis.plotting import shown
from dcl.chapters import gan_dynamics as gan
from dcl.chapters import gan_experiments as experiments
from dcl.chapters import gan_figures
from dcl.chapters.gan_stability import best_damping, ring
from dcl.runs.gates import check, write_gates

smoke = profile == "smoke"

# %% [markdown]
# ## How strongly are samples coupled?
#
# For a ReLU network with He scaling the kernel is known at infinite width
# {cite:p}`jacot2018neural`: layer by layer $\Theta \to \Theta\, \kappa_0 + \kappa_1$ with the
# arc-cosine kernels of {cite:t}`cho2009kernel`. On orthogonal inputs one hidden layer has $\phi = 1
# / 2\pi$, and depth alone raises it. Real networks have it too:

# %%
width = 512 if smoke else 1024
measured = {depth: experiments.kernel_ratios(depth, width, seeds=range(8)) for depth in (1, 2, 3)}

# %%
# NBVAL_CHECK_OUTPUT
print("phi, exact:", *(f"{gan.ntk_ratio(depth):.6f}" for depth in measured))

# %%
# NBVAL_CHECK_OUTPUT
off = [abs(np.mean(ratios) / gan.ntk_ratio(depth) - 1) for depth, ratios in measured.items()]
gates = check({"coupling of wide networks off by, relative": (max(off), "<= 0.025")})

# %%
shown(
    gan_figures.kernel_figure(measured),
    "The coupling of samples rises with depth and with the cosine; networks follow the exact line "
    f"within {max(off):.1%}.",
)

# %% [markdown]
# ## How much damping is best?
#
# The smallest GAN has one particle and one data point {cite:p}`mescheder2018which`. It is a damped
# oscillator, $s^2 + \lambda s + \eta_G \eta_D = 0$, which settles fastest at $\lambda^* = 2
# \sqrt{\eta_G \eta_D}$. With many particles, each on a data point of its own, the same holds mode
# by mode: $s^2 + \lambda s + \mu_k = 0$. Here $\mu_k$ are the eigenvalues of $\eta\, G J J^T / N$,
# and $J$ holds the gradients of the features. So $\lambda^* = 2 \sqrt{\mu_\text{min}}$ is known
# without a scan.

# %%
phi = 0.3
dirac = experiments.dirac_scan(np.arange(1.0, 3.01, 0.1))  # eta_G = eta_D = 1: the best is 2
rates = experiments.slowest_rates(phi, (0.5, 2) if smoke else (0.25, 0.5, 2, 4))
settling = experiments.settling_scan(phi, np.arange(0.8, 1.21, 0.16 if smoke else 0.04))

# %%
# NBVAL_CHECK_OUTPUT
still, coupled = (best_damping(gan.matched_modes(ring(8), 0.5, p, 5.0)) for p in (0, phi))
off = [abs(found / exact - 1) for found, exact in rates.values()]
gates |= check({
    "Dirac-GAN: best damping off by, relative": (abs(max(dirac, key=dirac.get) / 2 - 1), "<= 0.05"),
    "rates off by, relative": (max(off), "<= 0.03"),
    "damping that settles first off by": (abs(min(settling, key=settling.get) - 1), "<= 0.06"),
    "lambda* / sqrt(1 - phi) off by": (abs(coupled / still - np.sqrt(1 - phi)), "<= 1e-6"),
})  # fmt: skip

# %%
series = {
    "ring of 8": {share: found for share, (found, _) in rates.items()},
    "Dirac-GAN": {damping / 2: found for damping, found in dirac.items()},
}
shown(
    gan_figures.damping_figure(series, settling),
    f"Measured rates lie within {max(off):.1%} of the exact curve, which peaks at the damping of "
    "the slowest mode.",
)

# %% [markdown]
# At $\lambda^*$ itself two roots meet, the decay is not exponential, and a fitted rate is too low.
# Random features must be taken as they are: few of them change $\mu_\text{min}$ by half.
#
# ## When do modes collapse?
#
# Now 32 particles start in a small cloud amid eight modes. Coupling moves the cloud as a whole; to
# part, particles have $(1 - \phi) / (1 + (N - 1) \phi)$ of that speed. Entropy is 1 if modes are
# shared alike, 0 if all particles are nearest to one. The end is at $t = 30$; later some collapsed
# clouds part after all.

# %%
phis = [0, 0.03, 0.1, 0.2, 0.4, 0.8] if smoke else [0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.8]
entropies = {
    f"l = {width}, rate {rate}": experiments.collapse(phis, width, rate, range(2 if smoke else 6))
    for rate in ((5,) if smoke else (5, 40))
    for width in (0.5, 1.0)
}

# %%
# NBVAL_CHECK_OUTPUT
means = np.array([values.mean(axis=0) for values in entropies.values()])
rough, smooth = means[::2, 2:-2].mean(axis=1), means[1::2, 2:-2].mean(axis=1)
gates |= check({
    "lowest entropy up to phi = 0.03": (means[:, :2].min(), ">= 0.95"),
    "highest entropy from phi = 0.4": (means[:, -2:].max(), "<= 0.5"),
    "entropy gained by a smoother discriminator": ((smooth - rough).min(), ">= 0"),
})  # fmt: skip

# %% [markdown]
# ## Beyond the paper: a real generator on the map
#
# Depth sets $\phi$, so a real network has a place on the map before it is trained. We train Keras
# generators of 0 to 3 hidden layers by plain gradient descent against the same discriminator.

# %%
networks = {
    gan.ntk_ratio(depth): experiments.trained_entropies(
        depth, range(1 if smoke else 2), step=0.1 if smoke else 0.03
    )
    for depth in ((0, 2) if smoke else (0, 1, 2, 3))
}

# %%
# NBVAL_CHECK_OUTPUT
ends = [np.mean(found) for found in networks.values()]
gates |= check({
    "Keras generator without a hidden layer: entropy": (ends[0], ">= 0.95"),
    "entropy lost with hidden layers": (ends[0] - max(ends[1:]), ">= 0.05"),
})  # fmt: skip
write_gates("19_gan_dynamics", profile, gates)

# %%
shown(
    gan_figures.collapse_figure(phis, entropies, networks),
    f"Modes collapse as the coupling grows, from an entropy of {means[:, 0].mean():.2f} to "
    f"{means[:, -1].mean():.2f}; Keras generators follow the curve of the particles.",
)

# %%
shown(
    gan_figures.snapshot_figure(
        {f"$\\phi$ = {p}": experiments.particles(p, 0.5, 5, 1) for p in (0.03, 0.2, 0.4)}, ring(8)
    ),
    "Weakly coupled particles share all modes; strongly coupled ones chase the modes as one cloud.",
)

# %% [markdown]
# ## What it shows, and where it falls short
#
# *Reproduced:* the universal kernel, the transition to collapse, its dependence on the
# discriminator, and critical damping. *Not read:* the paper's tables and parameters. Our transition
# is at smaller $\phi$: other dimensions, discriminator, time. *Beyond:* the spectrum of all modes
# in the place of a scan, and trained networks on the map. *Limits:* the discriminator is linear,
# the latent vectors are fixed and orthogonal, and a cloud at the centre counts for whatever mode is
# nearest.
#
# :::{admonition} Exercise: a generator that cannot collapse
# Inputs with a common part have a positive cosine. Which cosine gives a network of one hidden layer
# $\phi = 0$? Can all 32 latent vectors have it to each other?
# :::
#
# :::{admonition} Solution
# :class: dropdown
# It is negative: see the next cell. $N$ vectors can have a common cosine of no less than $-1 / (N -
# 1) = -0.03$, so no: hidden ReLU layers always couple.
# :::

# %%
# NBVAL_CHECK_OUTPUT
from scipy.optimize import brentq

print(f"cosine at which phi = 0: {brentq(lambda c: gan.ntk_ratio(1, c), -0.9, 0):.3f}")
