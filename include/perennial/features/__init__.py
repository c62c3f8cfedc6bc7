"""From raw partitions to feature partitions, and from there to the online store.

script              a features.sql, and how a mistake in it is told
transform           run a script over raw partitions, in a database that sees nothing else
relations, look     whether it made what the spec says, in names and types
definitions         what a transform makes, told to the ledger once
rows                the rows of a relation as a file a day
alone               whether a day has the same rows alone as among many
raw, stale          what features are computed from, and which days must be built
stage               build the days of a window
online              materialise them
"""
