"""Our end of the line to the peers' process."""

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType

PYTHON = Path("build/peers/bin/python")
VERSIONS = (
    "import importlib.metadata as m, json;"
    "print(json.dumps({n: m.version(n) for n in ('mcising', 'peapods', 'torch')}))"
)


class Peers:
    """The peers' process, kept from the first request to the last; Rust code gets one thread."""

    def __init__(self, python: Path = PYTHON) -> None:
        self._python = python
        self._most_cores: dict[str, float] = {}

    def __enter__(self) -> "Peers":
        worker = Path(__file__).with_name("peer_worker.py")
        self._process = subprocess.Popen(
            [self._python, "-W", "ignore", worker],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "RAYON_NUM_THREADS": "1"},
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def rate(self, task: str, **arguments: object) -> float:
        """Units of work a second, of a task of `peer_worker`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(
            json.dumps({"task": task, "arguments": arguments}), file=self._process.stdin, flush=True
        )
        answer = json.loads(self._process.stdout.readline())
        self._most_cores[task] = max(answer["cores"], self._most_cores.get(task, 0.0))
        return float(answer["rate"])

    def cores(self) -> dict[str, float]:
        """Most processor seconds a second that each task ever used."""
        return {f"cores_used_by_{task}": cores for task, cores in self._most_cores.items()}

    def versions(self) -> dict[str, str]:
        done = subprocess.run(
            [self._python, "-c", VERSIONS], capture_output=True, text=True, check=True
        )
        return dict(json.loads(done.stdout))
