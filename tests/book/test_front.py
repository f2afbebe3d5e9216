"""The first screen shows what a run reached, under its name, and says what was not run."""

import json
from pathlib import Path

import pytest

from dcl.book import front

ROOT = Path(__file__).parents[2]
METRICS = {
    "rnn_rmse": 0.51234,
    "rnn_scan_max_error_per_spin": 0.0034,
    "critical_temperature": 2.26912,
    "critical_temperature_standard_error": 0.00081,
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A repository whose figure is drawn elsewhere; its panels are collected."""
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")
    drawn = []

    def draw(panels, snapshots, observed, narrow):
        drawn.append((panels, snapshots, observed, narrow))
        return front.plt.figure()

    monkeypatch.setattr(front, "front_figure", draw)
    return tmp_path, drawn


def written(root, notebooks=()):
    front.write(root, root, "quick", notebooks)
    return (root / "front.md").read_text("utf-8")


def test_numbers_are_those_of_the_run(root):
    folder, drawn = root
    run = folder / "results" / "quick" / "ising"
    (run / "scan_gru").mkdir(parents=True)
    (run / "metrics.json").write_text(json.dumps(METRICS))
    fields = ("energy", "heat_capacity", "magnetisation", "binder_cumulant")
    scan = {f"{name}{end}": [-64.0] for name in fields for end in ("", "_error")}
    scan |= {"lattice_size": 8, "temperatures": [2.0], "autocorrelation_time": [1], "warnings": []}
    (run / "scan_gru" / "scan.json").write_text(json.dumps(scan))
    page = written(folder, ["08_your_data"])
    assert "{grid-item-card} 0.512\nGRU with a linear skip: RMSE" in page
    assert "The paper: 2.06." in page
    assert "{grid-item-card} 2.2691 ± 0.0008\n" in page
    assert "Exact: 2.2692." in page
    assert "Ising 0.0034, Potts not run yet" in page
    assert "{doc}`Your data </notebooks/08_your_data>`" in page
    (panels, snapshots, observed, _), _ = drawn
    assert [narrow for *_, narrow in drawn] == [False, True]
    assert [panel.learned is None for panel in panels] == [False, True, True, True]
    assert panels[0].exact.energy[0] / panels[0].sites == pytest.approx(-2, abs=1e-3)
    assert list(snapshots) == ["T = 2", "T = 2.3", "T = 4"]
    assert observed == 4.0
    assert (folder / "front.png").is_file()
    assert (folder / "front-narrow.png").is_file()


def test_without_a_run_the_page_says_so(root):
    page = written(root[0])
    assert page.count("not run yet") == len(front.NUMBERS) + len(front.SYSTEMS)
    assert "{doc}`/notebooks" not in page
    assert "@" not in page
