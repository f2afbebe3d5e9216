"""Every page of the built book in a real browser: `make browser`, after the book is built.

Pages are opened as files, so that nothing can come from a server. Each is loaded in both colour
schemes, at the widths of a phone, a tablet and a desktop; screenshots are left in `build/browser`.
axe-core looks at every page but those of the reference. These come from one template of Sphinx and
are long, so that axe-core needs most of its time for them: it looks at the shortest of them alone,
and all other checks at all of them.
"""

import gzip
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from allowed import THEME_FINDINGS
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent.parent
SITE = ROOT / "build" / "site"
SHOTS = ROOT / "build" / "browser"
PAGES = sorted(
    str(page.relative_to(SITE)) for page in SITE.rglob("*.html") if "_static" not in page.parts
)
SCHEMES = ("light", "dark")
AXE_RUNS: dict[tuple[str, str], dict[str, Any]] = {
    ("phone", "light"): {"rules": {"color-contrast": {"enabled": False}}},
    ("phone", "dark"): {"runOnly": ["color-contrast"]},
    ("desktop", "light"): {},
}
"""Options of axe-core: contrast once in each scheme, all other rules at both widths."""
REFERENCE = [page for page in PAGES if Path(page).name.startswith("api_")]
WITHOUT_AXE = sorted(REFERENCE, key=lambda page: (SITE / page).stat().st_size)[1:]
"""All pages of the reference but the shortest."""
SIZES = {
    "phone": {"width": 375, "height": 800},
    "tablet": {"width": 768, "height": 1024},
    "desktop": {"width": 1366, "height": 768},
}
CHROMIUM = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))))
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
PROBE = Path(__file__).with_name("probe.js").read_text("utf-8")
FIRST_PAGE = 500_000  # bytes, besides MathJax
WHOLE_SITE = 25_000_000  # bytes
TALLEST = 30_000  # pixels; of longer pages, those of the reference, the screenshot is the beginning
SLIDER = "book/temperature"
FIGURES = "notebooks/01_ising.html"
TOC = (ROOT / "book" / "_toc.yml").read_text("utf-8")
DEFECTIVE = """
<main style="width: 900px"><img src="https://elsewhere.invalid/a.png" alt="a.png"><img src="data:,">
<p style="color: #eee; background: #fff">costs $x^2$</p>
<div style="width: 2em"><table><tr><td style="word-break: break-all">123456789</td>
<td>a column to the right</td></tr></table></div>
<span class="math">x</span><mjx-merror>no such command</mjx-merror></main>
<script>console.error("broken"); throw new Error("thrown")</script>
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Complaints(list[str]):
    """What the browser itself objects to while a page is open."""

    def __init__(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.append(f"script error: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", lambda request: self.append(f"not loaded: {request.url}"))

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.append(f"console {message.type}: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((SITE.as_uri(), "data:", "blob:")):
            self.append(f"request from outside: {request.url}")


def accessibility(page: Page, options: dict[str, Any]) -> list[str]:
    """Violations that axe-core finds, without those of the theme's own parts."""
    options = {"resultTypes": ["violations"], "preload": False, **options}
    page.evaluate(AXE)
    found = page.evaluate("options => axe.run({exclude: ['mjx-container']}, options)", options)
    return [
        f"axe {violation['id']}: {node['html'][:160]}"
        for violation in found["violations"]
        for node in violation["nodes"]
        if not any(
            violation["id"] == rule and fragment in node["html"]
            for rule, fragment, _ in THEME_FINDINGS
        )
    ]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_everything(browser: Browser, name: str) -> None:
    page = browser.new_page(viewport=SIZES["phone"], reduced_motion="reduce")
    found: list[str] = Complaints(page)
    page.goto((SITE / name).as_uri(), wait_until="load")
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
            wrong = page.evaluate(PROBE)
            if (size, scheme) in AXE_RUNS and name not in WITHOUT_AXE:
                wrong += accessibility(page, AXE_RUNS[size, scheme])
            found.extend(f"{size}, {scheme}: {complaint}" for complaint in wrong)
            shot = f"{name.replace('/', '-').removesuffix('.html')}-{size}-{scheme}.jpg"
            tall = page.evaluate("document.documentElement.scrollHeight")
            clip = {"x": 0, "y": 0, "width": viewport["width"], "height": min(tall, TALLEST)}
            page.screenshot(path=SHOTS / shot, full_page=True, clip=clip, type="jpeg", quality=60)
    page.close()
    assert not found, "\n".join(found)


def test_figures_have_a_dark_ground_in_the_dark(browser: Browser) -> None:
    page = browser.new_page()
    for scheme, filtered in (("light", False), ("dark", True)):
        page.emulate_media(color_scheme=scheme)
        page.goto((SITE / FIGURES).as_uri(), wait_until="load")
        filters = page.evaluate(
            "[...document.querySelectorAll('main .cell_output img')].map("
            "(image) => getComputedStyle(image).filter)"
        )
        assert filters
        assert all(("invert" in found) == filtered for found in filters), filters
    page.close()


def test_a_wide_figure_keeps_its_size_on_a_phone_and_is_moved_by_keyboard(browser: Browser) -> None:
    page = browser.new_page(viewport=SIZES["phone"])
    page.goto((SITE / FIGURES).as_uri(), wait_until="load")
    found = page.evaluate(
        "[...document.querySelectorAll('.output:has(img.wide)')].map((output) => "
        "[output.querySelector('img.wide').width, output.tabIndex, "
        "output.querySelector('figcaption').getBoundingClientRect().right])"
    )
    assert found
    for width, tab_index, caption_ends in found:
        assert width > 500
        assert tab_index == 0
        assert caption_ends <= SIZES["phone"]["width"]
    page.close()


def test_the_search_finds_what_the_book_is_about(browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{(SITE / 'search.html').as_uri()}?q=EDNN")
    # Sphinx adds the results one at a time.
    results = page.locator("#search-results li a")
    results.filter(has_text="extensive network").first.wait_for()
    page.close()


def test_the_first_screen_shows_a_figure_numbers_and_ways_on(browser: Browser) -> None:
    page = browser.new_page(viewport=SIZES["desktop"])
    page.goto((SITE / "book" / "intro.html").as_uri(), wait_until="load")
    for part in (".drawn img", ".dcl-numbers", ".dcl-ways"):
        box = page.locator(part).first.bounding_box()
        assert box, part
        assert box["y"] + box["height"] <= SIZES["desktop"]["height"], part
    page.close()


def test_cards_of_figures_have_one_height(browser: Browser) -> None:
    page = browser.new_page(viewport=SIZES["desktop"])
    page.goto((SITE / "book" / "figures.html").as_uri(), wait_until="load")
    cards = page.locator(".dcl-figures > .sd-row > .sd-col > .sd-card").all()
    heights = {round(box["height"]) for card in cards if (box := card.bounding_box())}
    assert len(cards) == 11
    assert max(heights) - min(heights) <= 1, heights
    page.close()


@pytest.mark.parametrize("width", [375, 768, 1366])
def test_there_is_one_way_to_search(browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 768})
    page.goto((SITE / FIGURES).as_uri(), wait_until="load")
    assert page.locator(".search-button__button:visible").count() == 1
    page.close()


@pytest.mark.skipif(SLIDER not in TOC, reason="the table of contents has no page with a slider")
def test_the_slider_moves_its_page(browser: Browser) -> None:
    page = browser.new_page()
    page.goto((SITE / f"{SLIDER}.html").as_uri(), wait_until="load")
    main, slider = page.locator("main"), page.locator("main input[type=range]")
    observed, chosen = page.locator("main canvas").all()
    assert observed.screenshot() != chosen.screenshot(), "one picture twice"
    words, picture = main.inner_text(), main.screenshot()
    slider.press("ArrowRight")
    assert main.inner_text() != words
    assert main.screenshot() != picture
    page.close()


def test_the_checks_find_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page(viewport=SIZES["phone"])
    complaints = Complaints(page)
    page.set_content(DEFECTIVE, wait_until="load")
    found = "\n".join([*complaints, *page.evaluate(PROBE), *accessibility(page, {})])
    page.close()
    for expected in (
        "script error", "console error: broken", "request from outside", "image not loaded",
        "without alt text", "alt text is a file name", "equation not understood",
        "equation not rendered", "markup shown as text: costs $x^2$", "px wide in 375 px",
        "column off the screen", "number broken between digits: 123456789",
        "axe color-contrast", "axe html-has-lang",
    ):  # fmt: skip
        assert expected in found, found


class Compressed(SimpleHTTPRequestHandler):
    """Serves text compressed, as hosts of static pages do, and says nothing."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.suffix not in (".html", ".css", ".js", ".svg"):
            super().do_GET()
            return
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    handler = partial(Compressed, directory=SITE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_first_page_is_light(browser: Browser, address: str) -> None:
    page = browser.new_page()
    responses: list[Any] = []
    page.on("response", lambda response: responses.append(response))
    page.goto(f"{address}/index.html", wait_until="load")
    page.wait_for_url("**/book/*.html")
    page.wait_for_load_state("networkidle")
    sizes = {r.url: r.request.sizes()["responseBodySize"] for r in responses}
    page.close()
    weight = sum(size for url, size in sizes.items() if "mathjax" not in url)
    print(f"first page: {weight / 1000:.0f} kB in {len(sizes)} files")
    assert any(url.endswith(".css") for url in map(_without_query, sizes))
    assert weight < FIRST_PAGE, sizes


def _without_query(url: str) -> str:
    return url.split("?")[0]


def test_the_site_is_small() -> None:
    weight = sum(file.stat().st_size for file in SITE.rglob("*") if file.is_file())
    print(f"site: {weight / 1e6:.1f} MB")
    assert weight < WHOLE_SITE
