"""The book: papermill executes the notebooks into a stage, Jupyter Book makes pages of it.

Only complete notebooks enter the stage, a warning of Jupyter Book is an error, and the site changes
when all is done.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from dcl.book.execution import BookError
from dcl.book.staging import stage_pages
from dcl.book.table_labels import label_tables
from dcl.book.theme import lighten
from dcl.errors import InputError

__all__ = ["build", "render"]


def build(stage: Path, site: Path, root: Path = Path(), profile: str = "quick") -> Path:
    """Make the site from the pages under `root` and the executed notebooks in the stage.

    Parameters
    ----------
    stage : Path
        Holds `notebooks/*.ipynb` as `execute` left them; those that are missing, or were executed
        with another `profile`, have no page.
    site : Path
        Replaced by a rename once the new pages are complete.
    root : Path
        The repository: `_config.yml` and `book/`, and `results/<profile>` and `artifacts/` for the
        numbers.
    profile : str
        Whose numbers the page of results shows.

    Returns
    -------
    Path
        The page to open.

    Raises
    ------
    InputError
        `root` is not the repository.
    BookError
        A notebook is not complete, or Jupyter Book had a warning.
    """
    stage, site, root = stage.resolve(), site.resolve(), root.resolve()
    if not (root / "book" / "_toc.yml").is_file():
        raise InputError(f"{root}: found no book/_toc.yml, expected the root of the repository")
    stage_pages(stage, root, profile)
    html = render(stage)
    lighten(html)
    label_tables(html)
    _publish(html, site)
    return site / "index.html"


def render(stage: Path, builder: str = "html") -> Path:
    """The folder of pages that Jupyter Book makes of a complete stage.

    Raises
    ------
    BookError
        Jupyter Book had a warning.
    """
    work = stage.with_name("work")
    shutil.rmtree(work, ignore_errors=True)
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [str(jupyter_book), "build", str(stage), "-q", "--builder", builder]
    command += ["--config", str(stage / "_config.yml"), "--toc", str(stage / "_toc.yml")]
    command += ["--path-output", str(work), "-W", "-n", "--keep-going"]
    # Sphinx looks up the sources of Keras' classes: that fails at once where it has no backend.
    environment = os.environ | {"KERAS_BACKEND": "none"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise BookError(f"Jupyter Book refused the pages:\n{done.stdout}{done.stderr}")
    return work / "_build" / builder


def _publish(html: Path, site: Path) -> None:
    old = site.with_name(f"{site.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    site.parent.mkdir(parents=True, exist_ok=True)
    if site.exists():
        site.rename(old)
    html.rename(site)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    print(
        build(
            Path("build/stage"), Path("build/site"), profile=os.environ.get("DCL_PROFILE", "quick")
        )
    )
