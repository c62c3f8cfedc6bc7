"""Feast: definitions, point-in-time retrieval and materialisation. The only package that imports feast.

feature_set         what a model registers (plain data; does not import feast)
store               the door: open, apply, retrieve, batches, online
materialise         offline to online, where an older value never overwrites a newer one
freshness           what the online store serves, against the end of a window
config              Feast's configuration; the variables that the plain `feast` command needs
asof_store          Feast's offline store of this project, on DuckDB's ASOF join
online              Feast's online store of this project, on Postgres
"""
