"""Reports: they read a diagnosis, and nothing else."""
