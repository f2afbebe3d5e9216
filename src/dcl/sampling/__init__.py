"""Monte Carlo of known models, one algorithm a file."""
