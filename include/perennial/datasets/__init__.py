"""Point-in-time frames: what was known when the question was asked, and nothing later.

definition          what a transform makes, as the ledger has it
feature_set         what the feature store registers of it, and the columns a model is given
shared_views        the views of feature_repo/, described as a transform describes its own
partitions          which revision of a day is current for a transform, and what a window needs
retrieval           examples joined with their features, as one Parquet file
"""

from perennial.datasets.definition import Definition, ViewColumns, definition
from perennial.datasets.feature_set import Columns, columns, feature_set
from perennial.datasets.retrieval import Retrieved, retrieve

__all__ = [
    "Columns",
    "Definition",
    "Retrieved",
    "ViewColumns",
    "columns",
    "definition",
    "feature_set",
    "retrieve",
]
