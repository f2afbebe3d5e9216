"""Runs of other seeds, without a training."""

from pathlib import Path

import numpy as np
import pytest

from dcl.analysis.binder import BinderCurve
from dcl.chapters import network_seeds, paper_architecture
from dcl.chapters.network_seeds import main, network_row, open_networks
from dcl.chapters.paper_architecture import SYSTEMS
from dcl.runs import run_metrics
from dcl.runs.stages import STAGES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_seed_changes_the_trainings_alone(system, tmp_path):
    first, second = (open_networks(system, seed, "smoke", ROOT) for seed in (1, 2))
    assert first.folder != second.folder
    for name in first.stage_names:
        same = STAGES[name].config(first.experiment) == STAGES[name].config(second.experiment)
        assert same is (name not in ("gru", "ednn")), name


def test_a_row_has_the_crossings_that_the_run_found(monkeypatch, tmp_path):
    run = open_networks("ising", 7, "smoke", ROOT)
    monkeypatch.setattr(
        run_metrics, "energy_errors", lambda run, stage: {f"{run_metrics.KEYS[stage]}_rmse": 1}
    )
    monkeypatch.setattr(type(run), "wall_seconds", lambda run, stage: 60.0)
    line = np.linspace(2.2, 2.4, 4)
    curves = [
        BinderCurve(size, line, -size * (line - 2.3), np.tile(-size * (line - 2.3), (2, 1)))
        for size in (4, 6)
    ]
    monkeypatch.setattr(network_seeds, "binder_curves", lambda run: curves)
    monkeypatch.setattr(network_seeds, "curve_errors", lambda run, stage: {})
    row = network_row(run)
    assert (row["system"], row["seed"], row["rnn_rmse"], row["ednn_seconds"]) == ("ising", 7, 1, 60)
    assert row["crossings"] == [[4, 6, pytest.approx(2.3), pytest.approx(0, abs=1e-9)]]


def test_an_unknown_system_is_one_line(capsys):
    assert main(["ising", "glass"]) == 2
    assert "system: found 'glass', expected one of ising, potts" in capsys.readouterr().err


def test_every_seed_of_every_system_is_archived(monkeypatch, capsys):
    monkeypatch.setattr(paper_architecture, "add_row", lambda archive, row: f"{archive} {row}")
    monkeypatch.setattr(network_seeds, "open_networks", lambda system, seed: f"{system}-{seed}")
    monkeypatch.setattr(network_seeds, "network_row", str)
    assert main(["ising", "potts", "--seeds", "2"]) == 0
    made = [line.split()[1] for line in capsys.readouterr().out.splitlines()]
    assert made == ["ising-1", "ising-2", "potts-1", "potts-2"]
