# ---
# jupyter:
#   dcl:
#     title: 'Imperfect pictures: noise, missing sites and long exposures'
#     part: beyond
#     minutes: 0.5
#     aims:
#     - Say how each fault of a picture changes the couplings that it seems to show.
#     - Correct for misreadings of known probability, and leave out what is missing.
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
# # Imperfect pictures: noise, missing sites and long exposures
#
# A microscope gives grey values, not spins. Some sites are dark, and the shutter stays open while
# spins flip. What do such pictures say about the forces? What can be done?
#
# The pictures here are made, so that the truth is known and kept aside: nearest neighbours on a
# square lattice with $K = J / k_B T = 0.2$, no field. The fit assumes temperature 1, as for any
# system whose $J$ is unknown, and gives couplings in units of $k_B T$.

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

from dcl import Snapshots
from dcl.analysis.figure_style import marks, shown, styled, titled
from dcl.chapters import imperfect_pictures as pictures
from dcl.exact import ising_thermodynamics
from dcl.learning.misread_spins import infer_from_misread
from dcl.runs.gates import check

smoke = profile == "smoke"
size, count, truth = (8, 800, 0.2) if smoke else (12, 5000, 0.2)
clean = pictures.read_spins(pictures.expose(size, truth, count, sweeps=1, seed=1))
FIELD, NEAREST, DIAGONAL = range(3)

# %%
grey = pictures.photograph(clean[:1], 0.6, seed=2)
gaps = np.random.default_rng(3).random(clean.shape) < 0.1
long = pictures.expose(size, truth, 1, sweeps=9, seed=1)
panels = {"truth": clean[0], "grey values": grey[0], "read": pictures.read_spins(grey)[0],
          "10% missing": np.where(gaps, 0, clean)[0], "9 sweeps exposed": long[0]}  # fmt: skip
with titled(panels, 1.9, 2.1) as (figure, parts):
    for axis, values in parts:
        axis.imshow(values, cmap="gray", vmin=-1.5, vmax=1.5)
        axis.set_axis_off()
shown(figure, "One lattice, and the faults of its pictures. Missing sites are grey.")

# %% [markdown]
# ## Noise and the threshold
#
# A grey value is $\pm 1$ plus normal noise of standard deviation $\sigma$. Read at threshold zero,
# a spin is wrong with probability $p = \Phi(-1/\sigma)$, independently of all others. Every pair
# correlation is then multiplied by $x = (1 - 2p)^2$, at any temperature. To second order in $K$ the
# nearest coupling becomes $K x$, the diagonal one $2 K^2 x (1 - x)$, and that to third neighbours
# half as much.
#
# Noise weakens what is there and feigns forces that are not. If $p$ is known, the counts of local
# environments can be corrected exactly, by the inverse of the misreading of each site
# (`dcl.learning.misread_spins`). Two pictures of one state give $p$: they differ in a share
# $2p(1 - p)$ of the sites.

# %%
noises = (0.6,) if smoke else (0.35, 0.45, 0.6, 0.8)
flips = [pictures.misreading_probabilities(noise)[0] for noise in noises]
read = [pictures.read_spins(pictures.photograph(clean, noise, seed=2)) for noise in noises]
naive = [pictures.infer_pairs(spins) for spins in read]


def corrected(spins, up, down):
    """Couplings, positive for order, and errors."""
    found = infer_from_misread(Snapshots(spins, 1.0), up, down)
    return -found.couplings, found.errors


mended = [corrected(spins, p, p) for spins, p in zip(read, flips, strict=True)]

# %%
# NBVAL_CHECK_OUTPUT
exact = -ising_thermodynamics(size, [1 / truth]).energy[0] / (2 * size**2)
off = []
for p, spins in zip(flips, read, strict=True):
    near = (spins * (np.roll(spins, 1, 1) + np.roll(spins, 1, 2))).mean(axis=(1, 2)) / 2
    off.append((near.mean() - (1 - 2 * p) ** 2 * exact) / (near.std() / count**0.5))
_ = check({"noisy correlation off from the exact one, in errors": (np.abs(off).max(), "<= 4")})


# %%
def draw(axis, places, fits, term, label, number):
    """One coupling of several fits, with errors."""
    values, errors = ([fit[part][term] for fit in fits] for part in (0, 1))
    axis.errorbar(places, values, errors, label=label, **marks(number))


# %%
line = np.linspace(0, 0.12, 50)
expected = np.array([pictures.noisy_couplings(truth, p) for p in line]).T
with styled(9, 3.6, 2) as (figure, axes):
    names = ("nearest", "diagonal")
    for axis, term, value, name in zip(axes, (1, 2), (truth, 0), names, strict=True):
        axis.axhline(value, color="black", lw=1.2, label="truth")
        axis.plot(line, expected[term - 1], "--", color="#666666", label="to second order in $K$")
        draw(axis, flips, naive, term, "as read", 0)
        draw(axis, flips, mended, term, "corrected for $p$", 1)
        axis.set(xlabel="probability $p$ of a wrong spin", ylabel=f"{name} neighbours ($k_B T$)")
    _ = axes[0].legend()

# %%
worst, (best, error) = naive[-1][0], mended[-1]
shown(figure, f"Noise weakens the true coupling and feigns another. At p = {flips[-1]:.3f} they "
      f"read {worst[1]:.4f} and {worst[2]:.4f} instead of {truth} and 0; corrected {best[1]:.4f} ± "
      f"{error[1]:.4f} and {best[2]:.4f} ± {error[2]:.4f}.")  # fmt: skip

# %% [markdown]
# A threshold that is off feigns a field. The same correction removes it.

# %%
tilted = pictures.read_spins(pictures.photograph(clean, 0.5, seed=4), threshold=0.2)
chances = pictures.misreading_probabilities(0.5, threshold=0.2)
thresholds = {"as read": pictures.infer_pairs(tilted), "corrected": corrected(tilted, *chances)}
for name, (values, errors) in thresholds.items():
    print(f"{name:9}: field {values[FIELD]:.4f} ± {errors[FIELD]:.4f}, "
          f"nearest {values[NEAREST]:.4f} ± {errors[NEAREST]:.4f}")  # fmt: skip

# %% [markdown]
# ## Missing sites
#
# A share $q$ of the sites is missing at random, and it is known which. Tosses of a coin in their
# place are noise with $p = q/2$, and 'dark is up' is a misreading of one kind alone: both can be
# corrected. A majority of the neighbours invents order. The safest is to leave out every site
# whose surroundings are not complete. It costs data: a share of $1 - (1 - q)^{25}$ is lost.

# %%
shares = (0.05,) if smoke else (0.02, 0.05, 0.1)
missing = [np.random.default_rng(5).random(clean.shape) < share for share in shares]
fills = {
    name: [pictures.infer_pairs(pictures.fill_missing(clean, hole, name, 6)) for hole in missing]
    for name in ("coin", "up", "majority")
}
fills["left out"] = [pictures.infer_complete(clean, hole) for hole in missing]

# %%
share = shares[-1]
chances = {"coin": (share / 2, share / 2), "up": (share, 0)}
refilled = {
    name: corrected(pictures.fill_missing(clean, missing[-1], name, 6), *pair)
    for name, pair in chances.items()
}
for name, (values, errors) in refilled.items():
    print(f"{name}, corrected: nearest {values[NEAREST]:.4f} ± {errors[NEAREST]:.4f}")

# %% [markdown]
# ## Exposure
#
# The shutter is open for $m$ sweeps, and the mean grey value is read. One expects a blur that
# weakens couplings. The opposite happens: the majority of $m$ states shows what the neighbours of a
# spin prefer with less thermal noise. To first order in $K$ the nearest coupling is multiplied by
# $c_m^2 (2m - 1)$, where $c_m = \binom{m-1}{(m-1)/2} / 2^{m-1}$: by 1.25 for three sweeps, and by
# $4/\pi$ for many.

# %%
sweeps = (3,) if smoke else (3, 5, 9)
exposed = [pictures.expose(size, truth, count, m, seed=7) for m in sweeps]
blurred = [pictures.infer_pairs(pictures.read_spins(grey)) for grey in exposed]
between = [float((np.abs(grey) < 1).mean()) for grey in exposed]

# %%
with styled(9, 3.6, 2) as (figure, (left, right)):
    for axis in (left, right):
        axis.axhline(truth, color="black", lw=1.2, label="truth")
    for number, (name, fits) in enumerate(fills.items()):
        draw(left, shares, fits, NEAREST, name, number)
    factors = [pictures.blurred_coupling(truth, m) for m in range(1, 10, 2)]
    right.plot(range(1, 10, 2), factors, "--", color="#666666", label="to first order in $K$")
    draw(right, sweeps, blurred, NEAREST, "as read", 0)
    left.set(xlabel="share of missing sites", ylabel="nearest neighbours ($k_B T$)")
    right.set(xlabel="sweeps of an exposure")
    _ = left.legend(), right.legend()

# %%
lost = {name: fits[-1][0][NEAREST] for name, fits in fills.items()}
shown(figure, f"At {shares[-1]:.0%} missing the coupling {truth} reads {lost['coin']:.4f} (coin), "
      f"{lost['up']:.4f} (up), {lost['majority']:.4f} (majority of the neighbours) and "
      f"{lost['left out']:.4f} ± {fills['left out'][-1][1][NEAREST]:.4f} (left out). Exposure for "
      f"{sweeps[-1]} sweeps gives {blurred[-1][0][NEAREST]:.4f}.")  # fmt: skip

# %% [markdown]
# Grey values show a long exposure: sites that flipped meanwhile lie between the two peaks. The
# remedy is a shorter one. Division by the factor above assumes its dynamics.

# %%
for m, share, (values, errors) in zip(sweeps, between, blurred, strict=True):
    value, error, factor = values[NEAREST], errors[NEAREST], pictures.blurred_coupling(1.0, m)
    print(f"{m} sweeps: {share:.0%} of the sites lie between the peaks; nearest {value:.4f} ± "
          f"{error:.4f}, divided by {factor:.3f}: {value / factor:.4f}")  # fmt: skip

# %%
# NBVAL_CHECK_OUTPUT
remedied = [*mended, thresholds["corrected"], *refilled.values()]
z = [(v - (0, truth, 0, 0)) / e for v, e in remedied]
aside = [(v[NEAREST] - truth) / e[NEAREST] for v, e in fills["left out"]]
_ = check({
    "corrected couplings off from the truth, in errors": (np.abs(z).max(), "<= 4"),
    "sites left out: coupling off from the truth, in errors": (np.abs(aside).max(), "<= 4"),
})  # fmt: skip

# %%
# NBVAL_CHECK_OUTPUT
print("noise weakens:", bool(worst[NEAREST] < truth))
print("a long exposure strengthens:", bool(blurred[-1][0][NEAREST] > truth))

# %% [markdown]
# ## What helps
#
# Correct misreadings with their known probabilities. Leave out sites whose surroundings are not
# complete. Expose for less than a flip. Then go on to `08_your_data`.
#
# :::{admonition} Exercise: how much noise is too much?
# How many pictures more does a correlation need at $p = 0.1$ for the same relative error?
# :::
#
# :::{admonition} Solution
# :class: dropdown
# The correlation is smaller by $(1 - 2p)^2 = 0.64$, its spread nearly the same: $1 / 0.64^2 = 2.4$.
# :::
