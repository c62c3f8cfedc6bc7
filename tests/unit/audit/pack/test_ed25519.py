"""Signatures in plain integers against the library that makes ours, and against RFC 8032's own vectors."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.audit.pack.checks.ed25519 import ORDER, decompress, verify

VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
            "655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
            "b00d291612bb0c00"
        ),
    ),
]
"""Section 7.1, tests 1 and 2: key, message, signature."""
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_rfc_hold(key: str, message: str, signature: str) -> None:
    parts = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
    assert verify(*parts)
    assert not verify(parts[0], parts[1] + b" ", parts[2])


@settings(max_examples=30)
@given(st.binary(max_size=200))
def test_what_the_library_signs_holds(message: bytes) -> None:
    assert verify(PUBLIC, message, KEY.sign(message))


@settings(max_examples=60)
@given(st.integers(0, 511))
def test_a_signature_with_another_bit_does_not(bit: int) -> None:
    signature = bytearray(KEY.sign(b"the end"))
    signature[bit // 8] ^= 1 << bit % 8
    assert not verify(PUBLIC, b"the end", bytes(signature))
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(PUBLIC).verify(bytes(signature), b"the end")


def test_a_scalar_beyond_the_order_is_refused() -> None:
    signature = KEY.sign(b"m")
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    assert not verify(PUBLIC, b"m", signature[:32] + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize("size", [0, 31, 33, 63, 65])
def test_other_lengths_are_refused(size: int) -> None:
    assert not verify(bytes(size), b"", bytes(64))
    assert not verify(PUBLIC, b"", bytes(size))


def test_bytes_that_are_no_point_are_refused() -> None:
    assert decompress((2**255 - 1).to_bytes(32, "little")) is None
    assert decompress((2).to_bytes(32, "little")) is None
