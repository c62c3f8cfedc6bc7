"""The two ways to people: a webhook that reads {"text": ...} as Slack does, and mail by SMTP."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import httpx

from perennial.settings import Settings

PATIENCE = 10.0
"""Seconds that a receiver has to answer."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
log = logging.getLogger(__name__)


def channels(settings: Settings, to: Sequence[str]) -> list[str]:
    """Name the ways that there are."""
    return [*(["webhook"] if settings.notice_url else []), *(["mail"] if to else [])]


def send(settings: Settings, channel: str, subject: str, text: str, to: Sequence[str]) -> str | None:
    """Send by one channel; return what went wrong, or None. Never raises for a receiver that is down or wrong."""
    try:
        if channel == "webhook":
            _post(settings, f"{subject}\n{text}")
        else:
            _mail(settings, subject, text, to)
    except (httpx.HTTPError, httpx.InvalidURL, smtplib.SMTPException, OSError, ValueError) as error:
        told = _told(settings, error)
        log.warning("%s did not take the notice %r (%s)", channel, subject, told)
        return told
    return None


def _told(settings: Settings, error: Exception) -> str:
    """Say what went wrong, for the ledger: without the webhook's address, which is a secret of its own."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    text = f"{type(error).__name__}: {error}"
    return text.replace(settings.notice_url or "no address", "the webhook")[:300]


def _post(settings: Settings, text: str) -> None:
    httpx.post(settings.notice_url, json={"text": text}, timeout=PATIENCE).raise_for_status()


def _mail(settings: Settings, subject: str, text: str, to: Sequence[str]) -> None:
    if not settings.smtp_url:
        raise ValueError("PERENNIAL_SMTP_URL says no mail server")
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, settings.notice_from, ", ".join(to)
    message["Date"], message["Auto-Submitted"] = formatdate(), "auto-generated"
    message.set_content(text)
    url = urlsplit(settings.smtp_url)
    with _connected(url) as server:
        if url.scheme == "smtp" and not _open(url):
            server.starttls(context=ssl.create_default_context())
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def _connected(url: SplitResult) -> smtplib.SMTP:
    host = url.hostname or ""
    if url.scheme == "smtps":
        return smtplib.SMTP_SSL(host, url.port or 465, timeout=PATIENCE, context=ssl.create_default_context())
    if url.scheme != "smtp":
        raise ValueError("PERENNIAL_SMTP_URL begins with smtp:// or smtps://")
    return smtplib.SMTP(host, url.port or 587, timeout=PATIENCE)


def _open(url: SplitResult) -> bool:
    """Tell whether mail may go there in the open: on this machine, or where `disable_tls=true` says so."""
    return url.hostname in LOOPBACK or parse_qs(url.query).get("disable_tls") == ["true"]
