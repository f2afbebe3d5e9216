"""The configuration of Jupyter Book that a build uses: `_config.yml` and what only a build knows.

Every page's footer names version, commit and licence. Buttons that launch a notebook elsewhere are
left out while the address of the repository is a placeholder.
"""

import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

__all__ = ["site_config", "source_version"]

PLACEHOLDER = "/the_owner/"
"""In the address of a repository that is not public yet."""


def site_config(root: Path) -> dict[str, Any]:
    """Read `_config.yml` and add the footer; drop launch buttons that would lead nowhere.

    Parameters
    ----------
    root : Path
        The repository.
    """
    config: dict[str, Any] = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    number, commit = source_version(root)
    footer = f"<p>dcl {number}, commit {commit}, licence BSD-3-Clause</p>"
    config["html"] = {**config.get("html", {}), "extra_footer": footer}
    if PLACEHOLDER in config["repository"]["url"]:
        config.pop("launch_buttons", None)
    return config


def source_version(root: Path) -> tuple[str, str]:
    """Version of the package and commit of the repository, with a word on uncommitted changes.

    Examples
    --------
    >>> source_version(Path("/"))[1]
    'not recorded'
    """
    return version("dcl"), _commit(root)


def _commit(root: Path) -> str:
    def git(*arguments: str) -> str | None:
        command = ["git", "-C", str(root), *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except FileNotFoundError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = git("rev-parse", "--short=10", "HEAD")
    if not commit:
        return "not recorded"
    changed = git("status", "--porcelain", "--untracked-files=no")
    return f"{commit} with changes" if changed else commit
