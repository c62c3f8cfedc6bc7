"""PERENNIAL_SMTP_URL as what a mail client needs. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from perennial.errors import SetupError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in, and how it is kept secret on the way."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    ssl: bool
    """TLS from the start; else `starttls` after the greeting, or neither."""
    starttls: bool


def mail_server(url: str) -> MailServer:
    """Read smtp://user:password@host:587 (goes on under TLS, but on loopback) or smtps://...:465; raises SetupError.

    `?disable_tls=true`, as in an Airflow connection, hands mail in unencrypted: to a relay of one's own.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        found = f"scheme {parts.scheme!r}, host {parts.hostname!r}" if url else "nothing"
        raise SetupError("PERENNIAL_SMTP_URL", expected="smtp://user:password@host:587, or smtps://", found=found)
    ssl = parts.scheme == "smtps"
    try:
        port = parts.port
    except ValueError:  # it would show a part of the password
        raise SetupError(
            "PERENNIAL_SMTP_URL",
            expected="a port in digits; in a password / # ? as %2F %23 %3F",
            found="something else after the host's colon",
        ) from None
    plain = parts.hostname in LOOPBACK or parse_qs(parts.query).get("disable_tls") == ["true"]
    return MailServer(
        host=parts.hostname,
        port=port or (465 if ssl else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        ssl=ssl,
        starttls=not ssl and not plain,
    )
