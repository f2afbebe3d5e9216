"""Every internal link of the built book leads somewhere, and so does every anchor."""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

ROOT = Path(__file__).parent.parent.parent
SITE = ROOT / "build" / "site"
PUBLIC = "/the_owner/" not in (ROOT / "_config.yml").read_text("utf-8")
"""Whether the repository has an address that a launch button can open."""
LAUNCHERS = ("https://mybinder.org/", "https://colab.research.google.com/")
PAGES = sorted(
    str(page.relative_to(SITE)) for page in SITE.rglob("*.html") if "_static" not in page.parts
)


class Page(HTMLParser):
    """Addresses that a page uses, and places in it that others may name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.addresses.append(value)
            elif name == "id" or (name == "name" and tag == "a"):
                self.places.add(value or "")


@cache
def read(path: Path) -> Page:
    return Page(path.read_text("utf-8"))


def dead(page: Path, address: str) -> bool:
    """Whether an address leads to no file of the site, or to no place in the page."""
    if urlsplit(address).scheme or address.startswith("//"):
        return False
    path, place = urldefrag(address)
    target = (page.parent / unquote(urlsplit(path).path)).resolve() if path else page
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file():
        return True
    return bool(place) and target.suffix == ".html" and unquote(place) not in read(target).places


def test_there_are_pages() -> None:
    assert "index.html" in PAGES


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    page = SITE / name
    assert [address for address in read(page).addresses if dead(page, address)] == []


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("notebooks/")])
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_a_launch_button_opens_the_notebook(name: str, launcher: str) -> None:
    found = [a for a in read(SITE / name).addresses if a.startswith(launcher)]
    if not PUBLIC:
        assert found == []
        return
    (address,) = found
    notebook = name.replace(".html", ".ipynb")
    assert address.endswith(f"/{notebook}")
    assert (ROOT / notebook).is_file()
