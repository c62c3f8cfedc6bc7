"""Verify Ed25519 signatures as RFC 8032, section 5.1, describes it, in plain integers: slow, with nothing secret."""

from __future__ import annotations

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
"""A square root of -1."""
LENGTH = 32

Point = tuple[int, int, int, int]
"""Extended homogeneous coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z."""
NEUTRAL: Point = (0, 1, 1, 0)


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the owner of a key (32 bytes) signed a message (signature: 64 bytes)."""
    if len(key) != LENGTH or len(signature) != 2 * LENGTH:
        return False
    owner, nonce = decompress(key), decompress(signature[:LENGTH])
    scalar = int.from_bytes(signature[LENGTH:], "little")
    if owner is None or nonce is None or scalar >= ORDER:
        return False
    said = hashlib.sha512(signature[:LENGTH] + key + message).digest()
    challenge = int.from_bytes(said, "little") % ORDER
    return _equal(_times(scalar, BASE), _add(nonce, _times(challenge, owner)))


def decompress(data: bytes) -> Point | None:
    """Return the point that 32 bytes stand for, or None for bytes that stand for none (section 5.1.3)."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    found = NEUTRAL
    while scalar:
        if scalar & 1:
            found = _add(found, point)
        point, scalar = _add(point, point), scalar >> 1
    return found


def _equal(one: Point, other: Point) -> bool:
    return not ((one[0] * other[2] - other[0] * one[2]) % P or (one[1] * other[2] - other[1] * one[2]) % P)


_BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(LENGTH, "little"))
assert _BASE is not None, "the base point is a point"
BASE: Point = _BASE
