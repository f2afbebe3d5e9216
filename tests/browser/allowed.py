"""What axe-core finds in parts that are not the book's own: rule, part of the element, reason."""

__all__ = ["THEME_FINDINGS"]

THEME_FINDINGS = (
    ("region", 'class="sidebar-primary-item"', "the theme's logo lies outside its landmarks"),
    ("aria-allowed-role", 'role="doc-biblioentry"', "Sphinx writes a bibliography so"),
    ("aria-deprecated-role", 'role="doc-biblioentry"', "Sphinx writes a bibliography so"),
    ("aria-required-children", 'class="citation-list"', "Sphinx writes a bibliography so"),
)
