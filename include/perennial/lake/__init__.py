"""Partitioned Parquet on a folder: one file per table, day and revision; a revision is never overwritten."""
