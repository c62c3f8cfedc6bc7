"""Is the champion still what it was? Drift of its inputs and scores, performance on matured labels, triage."""
