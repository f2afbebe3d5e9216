"""The Snakefile, run by Snakemake itself in a copy of what it reads."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from dcl.book.catalogue import chapters
from dcl.chapters.robustness import planned_fits
from dcl.runs.configuration import SEQUENCE
from dcl.runs.stages import STAGES, open_run

ROOT = Path(__file__).parents[1]
EXPERIMENTS = {chapter.name: chapter.experiments for chapter in chapters(ROOT).values()}
SMALL = '[system]\nname = "ising"\nsize = 4\n[levels]\nper_level = 5\n'


def clean_tree(tmp_path):
    """A copy of what Snakemake reads, in which nothing has been run."""
    for name in ("Snakefile", "_config.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("book", "notebooks", "profiles"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "experiments", tmp_path / "experiments")
    (tmp_path / "experiments" / "small.toml").write_text(SMALL)
    return tmp_path


@pytest.fixture
def repository(tmp_path):
    return clean_tree(tmp_path)


def snakemake(folder, *arguments):
    """Run Snakemake as someone who has not activated the environment."""
    command = [str(Path(sys.executable).with_name("snakemake")), "--nocolor", *arguments]
    environment = {**os.environ, "PATH": os.defpath, "XDG_CACHE_HOME": str(folder / ".cache")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def job_counts(output):
    """Jobs of each rule, from the table of a dry run."""
    table = re.findall(r"^(\w+) +(\d+)$", output.rpartition("Job stats:")[2], re.MULTILINE)
    return {name: int(count) for name, count in table if name != "total"}


@pytest.fixture(scope="module")
def two_experiments(tmp_path_factory):
    """What would run of two experiments on a cluster."""
    folder = clean_tree(tmp_path_factory.mktemp("repository"))
    arguments = ["-n", "-p", "--workflow-profile", "profiles/slurm", "--executor", "local"]
    chosen = ["--config", "profile=smoke", "experiments=ising,robustness"]
    code, output = snakemake(folder, *arguments, *chosen)
    assert code == 0, output
    assert not (folder / "results").exists()
    return output


def test_an_experiment_has_a_job_a_stage_and_a_job_a_notebook(two_experiments):
    notebooks = ["01_ising", "03_ednn_transfer", "05_robustness"]
    jobs = [*(f"notebook_{name}" for name in notebooks), "book", "all"]
    stages = open_run("ising", root=ROOT).stage_names
    counts = {"levels": 2, "fit": 3, "metrics": 2}
    assert job_counts(two_experiments) == {**dict.fromkeys([*stages, *jobs], 1), **counts}
    for stage in [*stages, "metrics"]:
        assert f"dcl stage ising {stage} --profile smoke" in two_experiments
    for fit in planned_fits("smoke"):
        assert f"dcl stage robustness {fit} --profile smoke" in two_experiments
    assert "notebooks/01_ising.ipynb -p profile smoke" in " ".join(two_experiments.split())


def test_everything_is_run_by_default(repository):
    code, output = snakemake(repository, "-n", "--workflow-profile", "profiles/local")
    assert code == 0, output
    names = {name for needed in EXPERIMENTS.values() for name in needed}
    have = [open_run(name, root=ROOT).stage_names for name in names - {"robustness"}]
    expected = Counter(stage for stages in have for stage in stages)
    expected["levels"] += 1
    expected["fit"] = len(planned_fits("quick"))
    expected |= {f"notebook_{name}": 1 for name in EXPERIMENTS}
    assert job_counts(output) == {**expected, "metrics": len(names), "book": 1, "all": 1}


def resources(output):
    """Rule to the resources of its jobs, from a dry run."""
    jobs = re.findall(r"^rule (\w+):\n(?: .*\n)*? +resources: (.*)$", output, re.MULTILINE)
    return {name: dict(part.split("=") for part in text.split(", ")) for name, text in jobs}


def test_the_cluster_gives_every_job_a_time_and_memory_and_trainings_a_gpu(two_experiments):
    asked = resources(two_experiments)
    stages = open_run("ising", root=ROOT).stage_names
    assert {*stages, "fit", "metrics"} <= set(asked)
    for rule, values in asked.items():
        if rule not in ("all", "book"):
            assert int(values["runtime"]) >= 60
            assert int(values["mem_mb"]) >= 4000
        trains = rule in (*SEQUENCE, "ednn", "paper_ednn", "fit")
        assert values.get("gpu") == ("1" if trains else None)


def test_the_profiles_name_rules_that_exist():
    """Snakemake ignores the others."""
    profile = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text("utf-8"))
    assert {*profile["set-resources"], *profile["set-threads"]} <= {*STAGES, "fit", "metrics"}


def test_an_unknown_profile_stops_before_anything_runs(repository):
    code, output = snakemake(repository, "-n", "--config", "profile=fast")
    assert code != 0
    assert "profile: found 'fast', expected one of smoke, quick, paper" in output


def test_a_change_that_a_stage_does_not_depend_on_leaves_it_as_it_is(repository):
    """Snakemake runs the rule again, as the file has changed, and deletes nothing before."""
    manifest = repository / "results" / "quick" / "small" / "levels" / "manifest.json"
    target = str(manifest.relative_to(repository))
    arguments = ["--cores", "1", "--config", "experiments=small", "--", target]
    code, output = snakemake(repository, *arguments)
    assert code == 0, output
    before = manifest.read_bytes()
    experiment = repository / "experiments" / "small.toml"
    experiment.write_text(f"{SMALL}[scan_ednn]\nsweeps = 50\n")
    code, output = snakemake(repository, *arguments)
    assert code == 0, output
    assert "1 of 1 steps" in output
    assert manifest.read_bytes() == before
    assert manifest.stat().st_mtime_ns > experiment.stat().st_mtime_ns
