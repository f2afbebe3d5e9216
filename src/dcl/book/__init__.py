"""The book: pages that a run writes, and the site made of them."""
