"""The whole book as a PDF: one page by Sphinx, printed by a headless Chromium (`make pdf`)."""

import os
import shutil
import subprocess
from pathlib import Path

from dcl.book.build import render
from dcl.book.execution import BookError
from dcl.book.staging import stage_pages

__all__ = ["print_book"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TIME_LIMIT = 300
"""Seconds for the browser."""


def print_book(stage: Path, pdf: Path, root: Path = Path(), profile: str = "quick") -> Path:
    """Print the pages under `root` and the executed notebooks in the stage.

    Parameters
    ----------
    stage, root, profile
        See `dcl.book.build.build`.
    pdf : Path
        Replaced by a rename once it is complete.

    Returns
    -------
    Path
        The PDF.

    Raises
    ------
    BookError
        There is no Chromium, it failed, or the pages are not fit to be published.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise BookError(f"PDF: found no browser, expected one of {', '.join(BROWSERS)}")
    stage, pdf, root = stage.resolve(), pdf.resolve(), root.resolve()
    stage_pages(stage, root, profile)
    page = _single_page(render(stage, "singlehtml"))
    draft = pdf.with_suffix(".part.pdf")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    command += ["--generate-pdf-document-outline", "--virtual-time-budget=60000"]
    command += [f"--print-to-pdf={draft}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT)
    if done.returncode != 0 or not draft.is_file():
        raise BookError(f"PDF: {browser} failed\n{done.stderr}")
    draft.replace(pdf)
    return pdf


def _single_page(html: Path) -> Path:
    """Sphinx gives the page the root document's place, but addresses as seen from the top."""
    (found,) = html.glob("book/*.html")
    return found.replace(html / "book.html")


if __name__ == "__main__":
    profile = os.environ.get("DCL_PROFILE", "quick")
    print(print_book(Path("build/stage"), Path("build/dcl.pdf"), profile=profile))
