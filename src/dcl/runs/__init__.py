"""Runs on disk: experiments, their stages, archives, and studies of a user's own snapshots."""
