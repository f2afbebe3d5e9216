"""The page `figures` of the book: every figure of the paper, ours as a thumbnail, and its state.

Descriptions are in the committed `data/figures.toml`, which explains its keys. Pictures come from
the executed notebooks, times and hashes from the manifests of `results/<profile>`, verdicts from
the claims (`dcl.book.claims`) that are made of the same figure. Nothing is computed: a figure whose
run is missing, partial or out of date is shown as such.
"""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from dcl.book.catalogue import chapters, notebook_of_figure
from dcl.book.claims import find, load_claims
from dcl.book.figure_state import (
    Figure,
    last_finished,
    literal,
    load_figures,
    manifests,
    picture,
    state,
)
from dcl.book.results import caution, quantity_name, reached_numbers
from dcl.runs.labels import description, parameter_count
from dcl.runs.stages import open_run

__all__ = ["figures_page", "write"]

SHAPE = (660, 440)
"""Width and height of every thumbnail, in pixels."""
COLOURS = 64
SCHEMATIC = "drawn by code, from no data"
_SCHEMATIC = "".join(
    f"```{{image}} _static/schematic-{theme}.svg\n:alt: The method in four panels: watch at one "
    f"temperature, learn the sequence, learn the tiles, predict.\n:class: only-{theme}\n```\n\n"
    for theme in ("light", "dark")
)
_TESTS = ("at most", "limit", "below")
"""Rules of claims about results, not about choices."""


def write(pages: Path, root: Path, profile: str, notebooks: Mapping[str, Path]) -> None:
    """Write the page, and the thumbnails beside it.

    Parameters
    ----------
    pages : Path
        The folder of the prose; `figures.md` and `figures/` appear in it.
    root : Path
        The repository.
    profile : str
    notebooks : mapping
        Name to executed notebook, of those that have a page.
    """
    pictures = {}
    (pages / "figures").mkdir(exist_ok=True)
    for figure in load_figures():
        found = (
            picture(notebooks[figure.notebook], figure) if figure.notebook in notebooks else None
        )
        if found:
            pictures[figure.name] = found.alt
            small = _thumbnail(found.png, figure.crop)
            (pages / "figures" / f"{figure.name}.png").write_bytes(small)
    page = figures_page(root, profile, notebooks, pictures)
    (pages / "figures.md").write_text(page, "utf-8")


def figures_page(
    root: Path, profile: str, notebooks: Mapping[str, Path], pictures: Mapping[str, str]
) -> str:
    """The page `figures`.

    Parameters
    ----------
    root : Path
        The repository; reads `results/<profile>` and `experiments/`.
    profile : str
    notebooks : mapping
        Name to executed notebook, of those that have a page.
    pictures : mapping
        Name of a figure to the alternative text of its thumbnail, `figures/<name>.png`.

    Returns
    -------
    str
        MyST Markdown, one card a figure.
    """
    figures = load_figures()
    grid = "\n".join(_card(figure, root, profile, notebooks, pictures) for figure in figures)
    others = [name for name in notebooks if name not in {figure.notebook for figure in figures}]
    beyond = "\n".join(f"- {{doc}}`/notebooks/{name}`" for name in others)
    return (
        "# Every figure of the paper\n\n"
        "What {cite:t}`sprague2021watch` draw, in words and as a sketch of the axes, beside ours "
        "as a picture that leads to its notebook. Written by the run, profile "
        f"`{profile}`.\n\n{caution(profile)}"
        "The time is that of all stages which a figure needs, as they took when they were made; "
        "the hash is that of the results which it shows. Its numbers compare with the exact "
        "result; {doc}`paper_vs_package` has every verdict "
        "in detail, and {doc}`rerun` says what the command needs.\n\n"
        f"::::::{{grid}} 1\n:gutter: 3\n:class-container: dcl-figures\n\n{grid}\n::::::\n"
        + (f"\n## Beyond its figures\n\n{beyond}\n" if others else "")
    )


def _thumbnail(png: bytes, crop: tuple[float, float, float, float]) -> bytes:
    """A copy of a part of a picture, of one shape for all, in few colours."""
    with Image.open(io.BytesIO(png)) as image:
        whole = image.convert("RGB")
    (width, height), (left, top, right, bottom) = whole.size, crop
    part = whole.crop((left * width, top * height, right * width, bottom * height))
    small = ImageOps.pad(part, SHAPE, color="white")
    stream = io.BytesIO()
    small.quantize(COLOURS).save(stream, format="png", optimize=True)
    return stream.getvalue()


def _card(
    figure: Figure,
    root: Path,
    profile: str,
    notebooks: Mapping[str, Path],
    pictures: Mapping[str, str],
) -> str:
    if figure.notebook:
        facts = _facts(figure, root, profile, notebooks)
    else:
        facts = {"Command": "`python book/drawings/schematic.py`", "State": SCHEMATIC}
    lines = "\n".join(f"- {name}: {value}" for name, value in facts.items())
    return (
        f":::::{{grid-item-card}} Figure {figure.name}: {figure.title}\n\n"
        "::::{grid} 1 1 2 2\n\n"
        f":::{{grid-item}}\n:columns: 12 12 7 7\n\n{_shown(figure, notebooks, pictures)}:::\n\n"
        f":::{{grid-item}}\n:columns: 12 12 5 5\n\n{_sketched(figure)}:::\n::::\n\n"
        f"::::{{card-footer}}\n```{{dropdown}} Facts and numbers\n{lines}\n```\n::::\n:::::\n"
    )


def _sketched(figure: Figure) -> str:
    """Show what the paper draws: its axes, where it has any, and in words."""
    axes = f"![The paper's axes, redrawn](_static/sketch-{figure.sketch}.svg)\n\n"
    return f"{axes if figure.sketch else ''}**The paper:** {figure.original}\n\n"


def _shown(figure: Figure, notebooks: Mapping[str, Path], pictures: Mapping[str, str]) -> str:
    """The picture, where there is one; a link, where there is a page to go to."""
    if not figure.notebook:
        return _SCHEMATIC if figure.name == "1" else "The third panel of figure 1.\n\n"
    if figure.name not in pictures:
        return "No picture yet: its notebook has not been executed.\n\n"
    alt = literal(pictures[figure.name])
    image = f"![{alt}](figures/{figure.name}.png)"
    return f"[{image}](../notebooks/{figure.notebook}.ipynb)\n\n**Here:** {alt}\n\n"


def _facts(
    figure: Figure, root: Path, profile: str, notebooks: Mapping[str, Path]
) -> dict[str, str]:
    run = open_run(figure.experiment, profile, root=root)
    chosen = "" if profile == "quick" else f" --profile {profile}"
    page = f"notebooks/{figure.notebook}"
    staged = figure.notebook in notebooks
    known = notebook_of_figure(chapters(root))
    part = figure.name if figure.name in known else figure.name[:-1]
    drawn = [name for name in figure.models if name in run.experiment.models]
    facts = {
        "Drawn": "; and ".join(
            description(run.experiment, name, parameter_count(run.folder, name)) for name in drawn
        ),
        "Notebook": f"{{doc}}`/{page}`" if staged else f"`{page}`",
        "Command": f"`dcl reproduce {part}{chosen}`",
        "State": state(figure, run, notebooks.get(figure.notebook)),
    }
    made = manifests(run, run.needed(*figure.stages))
    if made:
        facts["Run time"] = _duration(sum(entry["wall_seconds"] for entry in made.values()))
        facts["Last run"] = f"{last_finished(made):%Y-%m-%d}"
    shown = {name: made[name]["files"] for name in figure.stages if name in made}
    if shown:
        facts["Data"] = f"`{_hash(shown)}`"
    return facts | _verdict(figure, root / "results" / profile)


def _verdict(figure: Figure, results: Path) -> dict[str, str]:
    """The numbers that compare with the exact result, and what becomes of the paper's claims."""
    metrics = reached_numbers(results / figure.experiment)
    facts = {quantity_name(key): f"{metrics[key]:.3g}" for key in figure.numbers if key in metrics}
    claims = [
        claim
        for group in load_claims().values()
        for claim in group
        if claim.where.split(",")[0] == f"Fig. {figure.name}" and claim.rule in _TESTS
    ]
    verdicts = Counter(find(claim, results).verdict for claim in claims)
    counted = ", ".join(f"{verdict} ({count})" for verdict, count in verdicts.items())
    return {**facts, "Verdict": counted if len(verdicts) > 1 else next(iter(verdicts))}


def _hash(shown: Mapping[str, Any]) -> str:
    """The first digits of one hash over the hashes of the stages' files."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]


def _duration(seconds: float) -> str:
    """In seconds up to two minutes, in minutes up to two hours.

    Examples
    --------
    >>> _duration(96.9), _duration(600), _duration(9000)
    ('97 s', '10 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
