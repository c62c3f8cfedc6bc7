"""The room of `ingest`: extract, check the contract, quarantine, write the raw partitions."""
