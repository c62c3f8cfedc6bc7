"""What `verify.py` runs: the standard library alone, shipped with every evidence pack and used to make it.

files       every file as the manifest says
chain       every event linked to the one before it, the end signed
ed25519     signatures, in plain integers
copies      what lies there to be read, as the ledger says it
pointers    which events are about a version, and which files they point to
story       model, verdicts, approvals and promotions are about one file
"""
