"""Check that the ledger is whole, and that its end was signed."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from .ed25519 import verify
from .files import Broken, canonical

Event = dict[str, Any]
GENESIS = "0" * 64
CHAIN, HEAD, KEY = "ledger/chain.jsonl", "ledger/head.json", "ledger/signing.pub"
DER = bytes.fromhex("302a300506032b6570032100")
"""How a public key of Ed25519 begins (RFC 8410); its 32 bytes follow."""


def read_chain(folder: Path, model: str) -> list[Event]:
    """Read the events of a model and check every link; raises Broken for the first that does not hold."""
    events: list[Event] = []
    for place, line in enumerate((folder / CHAIN).read_text(encoding="utf-8").split("\n")[:-1], start=1):
        events.append(_event(line, place, model, events[-1]["hash"] if events else GENESIS))
    return events


def _event(line: str, place: int, model: str, before: str) -> Event:
    try:
        event: Event = json.loads(line)
        body = {name: value for name, value in event.items() if name != "hash"}
        seq, said, previous, chain = event["seq"], event["hash"], event["previous"], event["chain"]
    except (ValueError, KeyError, TypeError) as error:
        raise Broken(f"{CHAIN}, line {place}: {error}") from None
    if chain != model:
        raise Broken(f"{CHAIN}, line {place}: an event of {chain}")
    if seq != place:
        raise Broken(f"{CHAIN}, line {place}: event {place} was removed, event {seq} follows")
    if hashlib.sha256(canonical(body).encode()).hexdigest() != said:
        raise Broken(f"{CHAIN}, line {place}: event {place} was changed, it no longer has its hash")
    if previous != before:
        raise Broken(f"{CHAIN}, line {place}: event {place} does not follow the one before it")
    return event


def signature(folder: Path, events: list[Event]) -> str:
    """Check that the end of the chain was signed, and say by which key; raises Broken."""
    try:
        head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
        signed, body = bytes.fromhex(head["signature"]), {name: head[name] for name in ("chain", "seq", "hash")}
    except (ValueError, KeyError, TypeError) as error:
        raise Broken(f"{HEAD}: {error}") from None
    key = public_key((folder / KEY).read_text(encoding="ascii", errors="replace"))
    if not verify(key, canonical(body).encode(), signed):
        raise Broken(f"{HEAD}: not signed by the key in {KEY}")
    end = {name: events[-1][name] for name in body} if events else {}
    if end != body:
        raise Broken(f"{CHAIN}: it ends at event {end.get('seq', 0)}, the signed end is event {body['seq']}")
    print_of = hashlib.sha256(key).hexdigest()
    return f"signature: event {head['seq']}, hash {head['hash']}, is the end; key fingerprint (SHA-256) {print_of}"


def public_key(pem: str) -> bytes:
    """Return the 32 bytes of a public key in PEM; raises Broken."""
    lines = [line for line in pem.splitlines() if line and not line.startswith("-----")]
    try:
        der = base64.b64decode("".join(lines), validate=True)
    except ValueError as error:
        raise Broken(f"{KEY}: {error}") from None
    if not der.startswith(DER) or len(der) != len(DER) + 32:
        raise Broken(f"{KEY}: not an Ed25519 key")
    return der[len(DER) :]
