"""Signed heads: where a chain ends, kept outside the database (Ed25519, RFC 8032).

The head of an append is written as `<chain>.next` before the commit and becomes `<chain>.json` after it, so that
a crash between the two leaves a head for both outcomes, and a tail that nobody signed is found.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from perennial.hashing import canonical


@dataclass(frozen=True)
class Head:
    """The signed end of a chain."""

    chain: str
    seq: int
    hash: str
    signature: str

    def body(self) -> bytes:
        """Return the bytes that the signature covers."""
        return canonical({"chain": self.chain, "seq": self.seq, "hash": self.hash}).encode()


class Heads:
    """The signing key and the heads of all chains, in one folder outside the database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create_key(self) -> None:
        """Make the signing key once (mode 600); an existing key stays."""
        path = self._folder / "signing.key"
        if path.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        _write(self._folder / "signing.pub", public)
        _write(path, pem, mode=0o600)

    def sign_next(self, chain: str, seq: int, hash_: str) -> None:
        """Write the head that will hold once the database has committed."""
        unsigned = Head(chain, seq, hash_, "")
        signature = self.sign(unsigned.body())
        body = {"chain": chain, "seq": seq, "hash": hash_, "signature": signature}
        _write(self._path(chain, "next"), canonical(body).encode())

    def confirm(self, chain: str) -> None:
        """Make the next head the head."""
        self._path(chain, "next").replace(self._path(chain, "json"))

    def read(self, chain: str) -> tuple[Head | None, Head | None]:
        """Return (head, next head); either is None when its file is not there."""
        return self._read(self._path(chain, "json")), self._read(self._path(chain, "next"))

    def chains(self) -> set[str]:
        """Name the chains that have a head."""
        return {path.stem for path in (self._folder / "heads").glob("*.json")}

    def trusts(self, head: Head) -> bool:
        """Tell whether our key signed this head."""
        return self.verifies(head.body(), head.signature)

    def sign(self, content: bytes) -> str:
        """Return the signature of our key on a content, in hex; the same content has the same signature."""
        return self._private().sign(content).hex()

    def verifies(self, content: bytes, signature: str) -> bool:
        """Tell whether our key signed this content."""
        pem = (self._folder / "signing.pub").read_bytes()
        public = cast("Ed25519PublicKey", serialization.load_pem_public_key(pem))
        try:
            public.verify(bytes.fromhex(signature), content)
        except (InvalidSignature, ValueError):
            return False
        return True

    def _private(self) -> Ed25519PrivateKey:
        pem = (self._folder / "signing.key").read_bytes()
        return cast("Ed25519PrivateKey", serialization.load_pem_private_key(pem, password=None))

    def _path(self, chain: str, suffix: str) -> Path:
        return self._folder / "heads" / f"{chain}.{suffix}"

    @staticmethod
    def _read(path: Path) -> Head | None:
        return Head(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace the file in one step, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
