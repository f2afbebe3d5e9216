"""Analysis of chains and of learned energies: means with errors, histograms, scans, figures."""
