"""Removal of what the theme brings along and this book never uses from the rendered pages.

Icons come from a font, so the theme's second copy of them, 1.5 MB of script, is not loaded; live
code cells (Thebe) are not offered, and their script would be fetched from elsewhere. Font formats
and source maps that no browser asks for stay behind as well.
"""

import re
from pathlib import Path

__all__ = ["lighten"]

UNUSED_TAGS = re.compile(
    r'<script[^>]*src="[^"]*(?:fontawesome|sphinx-thebe)\.js[^>]*></script>'
    r'|<link[^>]*href="[^"]*sphinx-thebe\.css[^>]*>'
    r"|<script>const THEBE_JS_URL.*?</script>"
    r'|<script type="text/x-thebe-config">.*?</script>',
    re.DOTALL,
)
UNUSED_FILES = ("scripts/fontawesome.js*", "sphinx-thebe.*", "**/*.map", "**/*.ttf")


def lighten(html: Path) -> None:
    """Take the unused parts of the theme out of a folder of rendered pages.

    Parameters
    ----------
    html : Path
        As Sphinx wrote it; changed in place.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = Path(folder, "page.html")
    ...     _ = page.write_text('<script src="_static/scripts/fontawesome.js?v=1"></script><p>')
    ...     lighten(Path(folder))
    ...     page.read_text()
    '<p>'
    """
    for page in html.rglob("*.html"):
        page.write_text(UNUSED_TAGS.sub("", page.read_text("utf-8")), "utf-8")
    for pattern in UNUSED_FILES:
        for file in (html / "_static").glob(pattern):
            file.unlink()
