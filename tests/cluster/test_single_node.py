"""The Snakefile under Slurm where that can be tried: root, Slurm, and the extra `cluster`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("single_node.py")
CANNOT_RUN = 77


def run(**environment):
    command = [sys.executable, str(SCRIPT)]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True
    )


def test_it_says_in_one_line_why_it_cannot_run():
    done = run(PATH=os.devnull)
    assert done.returncode == CANNOT_RUN
    assert done.stderr == ""
    (line,) = done.stdout.splitlines()
    assert line.startswith("cluster: not tried: found ")


@pytest.mark.slow
def test_stages_run_as_jobs_of_slurm_and_give_the_same_numbers():
    done = run()
    if done.returncode == CANNOT_RUN:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stderr
    assert "4 jobs ran under Slurm" in done.stdout
