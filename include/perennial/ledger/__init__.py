"""The one memory of what happened: an append-only, signed hash chain of events per model."""
