"""The page of downloads and citation, and the files that it offers.

The notebooks as they were executed, the data (parameters, metrics, manifests, archived rows) and,
where `make pdf` has printed it, the book. Snapshots and weights are not among them: `dcl stage`
makes them again from the seeds.
"""

import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from dcl.book.site_config import source_version
from dcl.book.templates import filled

__all__ = ["pack", "write"]


def write(pages: Path, root: Path, profile: str, notebooks: Iterable[Path]) -> None:
    """Write the page `downloads`, and its files beside it.

    Parameters
    ----------
    pages : Path
        The folder of the prose; `downloads.md` and `downloads/` appear in it.
    root : Path
        The repository.
    profile : str
    notebooks : iterable of Path
        Executed, of those that have a page.
    """
    folder = pages / "downloads"
    folder.mkdir(exist_ok=True)
    results = root / "results" / profile
    data = [*results.rglob("*.json"), *(root / "artifacts").rglob("*.json")]
    data += (root / "experiments").glob("*.toml")
    pack(folder / "dcl-notebooks.zip", {f"notebooks/{path.name}": path for path in notebooks})
    pack(folder / "dcl-data.zip", {path.relative_to(root).as_posix(): path for path in data})
    offered = {
        "dcl-notebooks.zip": "The notebooks with their outputs, as executed for this book",
        "dcl-data.zip": f"Parameters, metrics and manifests of the profile `{profile}`, and the "
        "archived rows",
    }
    printed = root / "build" / "dcl.pdf"
    if printed.is_file():
        (folder / "dcl.pdf").write_bytes(printed.read_bytes())
        day = datetime.fromtimestamp(printed.stat().st_mtime, UTC)
        offered["dcl.pdf"] = f"The book in print, made on {day:%Y-%m-%d}"
    lines = [
        f"- {{download}}`{name} <downloads/{name}>` ({_size(folder / name)}): {what}."
        for name, what in offered.items()
    ]
    words = {"FILES": "\n".join(lines), "BIBTEX": _bibtex(root)}
    (pages / "downloads.md").write_text(filled("downloads.md", words), "utf-8")


def pack(path: Path, files: Mapping[str, Path]) -> None:
    """Write a zip archive of files under the given names; the same files make the same bytes.

    A `ZipInfo` without a date says 1980, whenever the archive is made.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, file in sorted(files.items()):
            entry = zipfile.ZipInfo(name)
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


def _size(path: Path) -> str:
    kilobytes = path.stat().st_size / 1000
    return f"{kilobytes:.0f} kB" if kilobytes < 1000 else f"{kilobytes / 1000:.1f} MB"


def _bibtex(root: Path) -> str:
    """A BibTeX entry of this software, from `CITATION.cff`, with version and commit."""
    citation: dict[str, Any] = yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))
    authors = " and ".join(f"{{{author['name']}}}" for author in citation["authors"])
    version, commit = source_version(root)
    return "\n".join(
        [
            "@software{dcl,",
            f"  author  = {{{authors}}},",
            f"  title   = {{{{{citation['title']}}}}},",
            f"  version = {{{version}}},",
            f"  note    = {{commit {commit}}},",
            f"  license = {{{citation['license']}}},",
            "}",
        ]
    )
