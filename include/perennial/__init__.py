"""The life of a model: a stage is a function from a spec and a key to a record; the ledger remembers."""
