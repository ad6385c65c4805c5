"""A fault campaign on many machines: scripts/campaign-slurm and scripts/campaign-parallel."""
