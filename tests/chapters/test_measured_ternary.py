"""Files in the format of the Fe-Ga-Pd library, made of a synthetic alloy with known phases."""

import numpy as np
import pytest

from dcl.chapters.measured_ternary import load_fe_ga_pd
from dcl.chapters.ternary_phases import synthetic_ternary
from dcl.errors import InputError


@pytest.fixture
def folder(tmp_path):
    """Both files; fractions are rounded to four digits, as those of the library."""
    alloy = synthetic_ternary()
    c = alloy.points[:, 1] * 2 / 3**0.5
    b = alloy.points[:, 0] - c / 2
    table = np.round(np.stack([1 - b - c, b, c], axis=1), 4)
    np.savetxt(
        tmp_path / "FeGaPd_CMP.txt", table, "%.7e", header="  Fe\t\t  Ga\t\t  Pd", comments=""
    )
    rows = np.vstack([37 + 0.02 * np.arange(120), alloy.patterns])
    np.savetxt(tmp_path / "FeGaPd_XRD.txt", rows, delimiter=",")
    return tmp_path


def test_the_library_is_read_and_its_phases_are_named(folder):
    from sklearn.metrics import adjusted_rand_score

    alloy, found = synthetic_ternary(), load_fe_ga_pd(folder)
    np.testing.assert_allclose(found.points, alloy.points, atol=2e-4)
    np.testing.assert_allclose(found.patterns, alloy.patterns)
    assert adjusted_rand_score(alloy.labels, found.labels) >= 0.98


def without_last_line(path):
    path.write_text("\n".join(path.read_text().splitlines()[:-1]))


def with_word(path):
    path.write_text(path.read_text().replace("37", "angle", 1) + "one,two\n")


def with_sum(path):
    path.write_text(path.read_text().replace("1.0000000e+00", "9.0000000e-01", 1))


@pytest.mark.parametrize(
    ("name", "spoil", "complaint"),
    [
        ("FeGaPd_XRD.txt", without_last_line, "found 275 patterns, expected 276"),
        ("FeGaPd_XRD.txt", with_word, "expected a table of numbers"),
        ("FeGaPd_CMP.txt", with_sum, "a sum of 0.9, expected 1"),
        ("FeGaPd_CMP.txt", lambda path: path.unlink(), "not found, expected compositions"),
    ],
)
def test_bad_files_get_one_line(folder, name, spoil, complaint):
    spoil(folder / name)
    with pytest.raises(InputError, match=complaint) as caught:
        load_fe_ga_pd(folder)
    assert str(caught.value).startswith(str(folder / name))
    assert "\n" not in str(caught.value)


def test_a_negative_intensity_is_refused(folder):
    without_last_line(folder / "FeGaPd_XRD.txt")
    with (folder / "FeGaPd_XRD.txt").open("a") as file:
        file.write("\n" + ",".join(["-1"] * 120) + "\n")
    with pytest.raises(InputError, match="found an intensity of -1, expected 0 or more"):
        load_fe_ga_pd(folder)
