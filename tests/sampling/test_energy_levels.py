import numpy as np
import pytest

from dcl.errors import InputError
from dcl.sampling.energy_levels import EnergyLevels


def test_round_trip(tmp_path):
    configurations = np.random.default_rng(1).integers(0, 3, (2, 5, 4, 4)).astype(np.int8)
    levels = EnergyLevels(np.array([-1.5, 0.25]), configurations)
    levels.save(tmp_path / "levels.npz")
    again = EnergyLevels.load(tmp_path / "levels.npz")
    np.testing.assert_array_equal(again.energies, levels.energies)
    np.testing.assert_array_equal(again.configurations, configurations)
    assert again.configurations.dtype == np.int8
    assert [path.name for path in tmp_path.iterdir()] == ["levels.npz"]


def test_a_changed_file_is_told_by_its_hash(tmp_path):
    EnergyLevels(np.arange(2.0), np.ones((2, 5, 4, 4), np.int8)).save(tmp_path / "levels.npz")
    with np.load(tmp_path / "levels.npz") as archive:
        fields = dict(archive)
    fields["configurations"][1, 2, 3, 0] = -1
    np.savez_compressed(tmp_path / "levels.npz", **fields)
    with pytest.raises(InputError, match=r"levels.npz: configurations: found .*, expected .* as"):
        EnergyLevels.load(tmp_path / "levels.npz")
    del fields["content_sha256"]
    np.savez(tmp_path / "levels.npz", **fields)
    assert EnergyLevels.load(tmp_path / "levels.npz").configurations.sum() == 158


def test_bad_files_are_named(tmp_path):
    pickled = tmp_path / "pickled.npz"
    np.savez(pickled, energies=np.array([object()]), configurations=np.zeros((1, 1, 2, 2)))
    (tmp_path / "text.npz").write_text("not an archive")
    np.savez(tmp_path / "other.npz", something=1)
    np.save(tmp_path / "array.npy", np.zeros(3))
    for name in ("missing.npz", "pickled.npz", "text.npz", "other.npz", "array.npy"):
        with pytest.raises(InputError, match=name):
            EnergyLevels.load(tmp_path / name)


def test_bad_shapes_are_named():
    with pytest.raises(InputError, match="configurations"):
        EnergyLevels(np.zeros(2), np.zeros((3, 1, 4, 4), np.int8))
