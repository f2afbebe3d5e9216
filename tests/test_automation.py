"""What runs by itself: `.ci/run`, the workflows and the hooks call only what there is."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def load(path: Path) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return content


def commands(workflow: Path) -> list[str]:
    """The shell lines of a workflow, in order."""
    jobs = load(workflow)["jobs"].values()
    scripts = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    return [line for script in scripts for line in script.splitlines()]


def targets(text: str) -> set[str]:
    return set(re.findall(r"^\s*make ([a-z]+)", text, re.MULTILINE))


def test_there_are_workflows_for_ci_and_the_book() -> None:
    assert [path.stem for path in WORKFLOWS] == ["book", "ci"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_a_trigger_a_limit_and_pinned_actions(path: Path) -> None:
    content = load(path)
    assert content[True], "YAML reads the key `on` as true"
    for job in content["jobs"].values():
        assert job["timeout-minutes"] < 360
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            assert re.fullmatch(r"actions/[\w/-]+@v\d+", step.get("uses", "actions/none@v0"))


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / ".ci" / "run"], ids=lambda path: path.name)
def test_every_make_target_exists(path: Path) -> None:
    text = path.read_text("utf-8") if path.name == "run" else "\n".join(commands(path))
    assert targets(text) <= TARGETS
    assert targets(text) or ".ci/run" in text


def test_the_workflow_runs_what_ci_run_runs_on_every_supported_python() -> None:
    job = load(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["ci"]
    assert commands(ROOT / ".github" / "workflows" / "ci.yml") == [".ci/run"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    supported = SpecifierSet(project["requires-python"])
    versions = [f"3.{minor}" for minor in range(30) if f"3.{minor}" in supported]
    assert job["strategy"]["matrix"]["python"] == versions


def test_the_figures_are_made_anew_every_week_without_a_cache() -> None:
    workflow = load(ROOT / ".github" / "workflows" / "book.yml")
    assert re.fullmatch(r"\d+ \d+ \* \* \d", workflow[True]["schedule"][0]["cron"])
    (restore,) = [
        step
        for step in workflow["jobs"]["publish"]["steps"]
        if step.get("uses", "").startswith("actions/cache/restore")
    ]
    assert restore["if"] == "github.event_name == 'push'"


def test_hooks_are_local_and_call_what_the_project_installs() -> None:
    locked = (ROOT / "requirements.lock").read_text("utf-8")
    assert [repository["repo"] for repository in HOOKS] == ["local"]
    for hook in HOOKS[0]["hooks"]:
        assert hook["language"] == "system"
        program, *arguments = shlex.split(hook["entry"])
        name = arguments[1] if arguments[0] == "-m" else Path(program).name
        assert re.search(rf"^{name}==", locked, re.MULTILINE)
        assert all((ROOT / word).exists() for word in arguments if "/" in word)
