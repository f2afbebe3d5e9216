"""The schematic's curve is Onsager's, and its colours stay readable on both page themes."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from schematic import DARK, LIGHT, Palette, draw

PAGES = [(LIGHT, "#ffffff"), (DARK, "#121212")]


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_the_curve_has_the_exact_limits_and_critical_energy() -> None:
    line = draw().axes[3].lines[0]
    temperatures, energies = (np.asarray(data) for data in line.get_data())
    critical = 2 / np.log(1 + np.sqrt(2))
    assert energies[0] == pytest.approx(-2, abs=1e-5)
    assert np.interp(critical, temperatures, energies) == pytest.approx(-np.sqrt(2), abs=0.02)
    assert np.all(np.diff(energies) > 0)


@pytest.mark.parametrize(("palette", "page"), PAGES, ids=["light", "dark"])
def test_text_and_lines_stand_out(palette: Palette, page: str) -> None:
    assert contrast(palette.ink, page) > 7
    assert contrast(palette.accent, page) > 4.5
    assert contrast(palette.up, page) > 3
    assert contrast(palette.up, palette.down) > 2
    assert min(contrast(palette.ink, spin) for spin in (palette.up, palette.down)) > 3
