"""The Snakefile on a real Slurm of one node, started here from Debian's packages and stopped again.

    python tests/cluster/single_node.py [--install]

Four stages of a tiny experiment run as jobs of Slurm with `profiles/slurm`, and then once more
without it; the energies must be equal. With `--install` missing Debian packages are installed.
Exit codes: 0 all is well, 1 it is not, 77 it cannot be tried here, as one line says.
"""

import argparse
import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

__all__ = ["CANNOT_RUN", "Slurm", "main", "obstacle"]

CANNOT_RUN = 77
ROOT = Path(__file__).parents[2]
PACKAGES = {
    "munged": "munge",
    "slurmctld": "slurmctld",
    "slurmd": "slurmd",
    "squeue": "slurm-client",
}
PLUGIN = "snakemake_executor_plugin_slurm"
STAGES = {"snapshots", "levels", "gru", "energies"}
TARGET = "results/smoke/small/energies/manifest.json"
EXPERIMENT = """
[system]
name = "spin-glass"
size = 4
[snapshots]
count = 2000
[levels]
per_level = 5
[gru]
units = 4
skip_seen = 20_000
configurations_seen = 1000
batch_size = 50
"""
CONFIGURATION = """
ClusterName=single
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
SlurmUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
MinJobAge=3600
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=16 RealMemory=64000 Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
"""Without control groups, which a container may not have; cores, memory and GPU are pretended."""


def obstacle(install: bool = False) -> str | None:
    """Why the test cannot be tried here, in one line, or None."""
    if importlib.util.find_spec(PLUGIN) is None:
        return f"found no {PLUGIN}, expected the extra 'cluster', which make cluster brings"
    if os.geteuid() != 0:
        return "found an ordinary user, expected root, who may start Slurm's daemons"
    if install and _missing_packages():
        _install(_missing_packages())
    if missing := _missing_packages():
        return f"found no {', '.join(missing)}, expected these packages of Debian"
    return None


def _missing_packages() -> list[str]:
    return [package for program, package in PACKAGES.items() if not shutil.which(program)]


def _install(packages: list[str]) -> None:
    """Ask Debian's package manager, which may not be there."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    with contextlib.suppress(OSError):
        for command in (["apt-get", "update"], install):
            subprocess.run(command, env=environment, stdout=sys.stderr, check=False)


class Slurm:
    """A controller and a node in a folder of their own; nothing in /etc is read or written.

    Parameters
    ----------
    folder : Path
        With a short name, as a socket lies in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._daemons: list[subprocess.Popen[bytes]] = []
        configuration = folder / "slurm.conf"
        self.environment = {
            **os.environ,
            "SLURM_CONF": str(configuration),
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        for name in ("munge", "state", "spool", "bin"):
            (folder / name).mkdir(mode=0o755)
        (folder / "munge" / "key").write_bytes(os.urandom(1024))
        (folder / "munge" / "key").chmod(0o600)
        (folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")
        ports = _free_ports()
        configuration.write_text(
            CONFIGURATION.format(
                folder=folder, host=socket.gethostname().partition(".")[0],
                controller_port=ports[0], node_port=ports[1],
            )
        )  # fmt: skip
        # The executor's job step hands no SLURM_CONF on to srun.
        srun = folder / "bin" / "srun"
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={configuration} exec {shutil.which("srun")} "$@"\n')
        srun.chmod(0o755)

    def __enter__(self) -> "Slurm":
        places = {"socket": "socket", "key-file": "key", "pid-file": "pid", "log-file": "log",
                  "seed-file": "seed"}  # fmt: skip
        munge = [f"--{option}={self.folder}/munge/{name}" for option, name in places.items()]
        try:
            self._start("munged", "--foreground", "--force", *munge)
            _wait_for((self.folder / "munge" / "socket").exists, "munged")
            self._start("slurmctld", "-D")
            self._start("slurmd", "-D")
            _wait_for(lambda: self.ask("sinfo", "--noheader", "--format=%T") == "idle", "the node")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel what is left of the jobs, then stop the daemons, the last one first."""
        self.ask("scancel", "--full", "--user=root")
        with contextlib.suppress(TimeoutError):
            _wait_for(lambda: not self.ask("squeue", "--noheader"), "the queue")
        for daemon in reversed(self._daemons):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def ask(self, *command: str) -> str:
        """What a client of Slurm prints; nothing if it fails."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""

    def jobs(self) -> dict[str, str]:
        """Stage to the controller's record of its job, for those that completed."""
        records = self.ask("scontrol", "show", "job", "--oneliner").splitlines()
        done = [record for record in records if "JobState=COMPLETED" in record]
        return {record.partition("Comment=rule_")[2].partition("_")[0]: record for record in done}

    def _start(self, *command: str) -> None:
        with (self.folder / f"{command[0]}.log").open("wb") as log:
            self._daemons.append(
                subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
            )


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for taken in (one, other):
            taken.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _wait_for(condition: Callable[[], object], what: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} was not ready after {seconds:g} s")
        time.sleep(0.2)


def repository(folder: Path) -> Path:
    """A tree with what the Snakefile reads, and a tiny experiment."""
    folder.mkdir()
    for name in ("Snakefile", "_config.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("book", "notebooks", "profiles"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "experiments", folder / "experiments")
    (folder / "experiments" / "small.toml").write_text(EXPERIMENT)
    return folder


def snakemake(folder: Path, environment: dict[str, str], *arguments: str) -> None:
    """Make the target, each job with two threads."""
    program = Path(sys.executable).with_name("snakemake")
    command = [str(program), "--nocolor", "--max-threads", "2", *arguments,
               "--config", "profile=smoke", "experiments=small", "--", TARGET]  # fmt: skip
    subprocess.run(command, cwd=folder, env=environment, stdout=sys.stderr, check=True)


def check(folder: Path) -> str:
    """Run the jobs and compare; what was found, in one line."""
    with Slurm(folder) as slurm:
        cluster = repository(folder / "cluster")
        snakemake(
            cluster, slurm.environment, "--workflow-profile", "profiles/slurm",
            "--latency-wait", "5", "--slurm-status-command", "squeue",
            "--slurm-init-seconds-before-status-checks", "1",
        )  # fmt: skip
        jobs = slurm.jobs()
    assert set(jobs) == STAGES, f"jobs of Slurm: {sorted(jobs)}"
    with_gpu = {stage for stage, record in jobs.items() if "gres:gpu:1" in record}
    assert with_gpu == {"gru"}, f"jobs with a GPU: {sorted(with_gpu)}"
    alone = repository(folder / "alone")
    snakemake(alone, slurm.environment, "--cores", "2")
    for name in ("true", "gru"):
        path = Path(TARGET).with_name(f"{name}.npy")
        one, other = np.load(cluster / path), np.load(alone / path)
        assert np.array_equal(one, other), f"{name}: largest difference {abs(one - other).max()}"
    return f"{len(jobs)} jobs ran under Slurm, {one.size} energies as without it"


def main() -> int:
    """Say why not, or run."""
    parser = argparse.ArgumentParser(description="Run the Snakefile on a Slurm of one node.")
    parser.add_argument("--install", action="store_true", help="missing Debian packages, if root")
    reason = obstacle(parser.parse_args().install)
    if reason:
        print(f"cluster: not tried: {reason}")
        return CANNOT_RUN
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("cluster: terminated"))
    with tempfile.TemporaryDirectory(prefix="slurm-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)  # munged wants its socket where all users reach it
        print(f"cluster: {check(Path(folder))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
