"""What came of it: exact figures for staff, published snapshots for everybody else."""
