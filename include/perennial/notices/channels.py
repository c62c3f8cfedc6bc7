"""The two ways to people: a webhook that reads {"text": ...} as Slack does, and mail by SMTP."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate

import httpx

from perennial.errors import SetupError
from perennial.notices.smtp import MailServer, mail_server
from perennial.settings import Settings

PATIENCE = 10.0
"""Seconds that a receiver has to answer."""
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
    except (httpx.HTTPError, httpx.InvalidURL, smtplib.SMTPException, OSError, ValueError, SetupError) as error:
        told = _told(settings, error)
        log.warning("%s did not take the notice %r (%s)", channel, subject, told)
        return told
    return None


def _told(settings: Settings, error: Exception) -> str:
    """Say what went wrong, for the ledger: without the webhook's address, which is a secret of its own."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    if isinstance(error, (httpx.InvalidURL, ValueError)):
        return type(error).__name__  # its words may hold a part of an address
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text.replace(settings.notice_url or "no address", "the webhook")[:300]


def _post(settings: Settings, text: str) -> None:
    httpx.post(settings.notice_url, json={"text": text}, timeout=PATIENCE).raise_for_status()


def _mail(settings: Settings, subject: str, text: str, to: Sequence[str]) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, settings.notice_from, ", ".join(to)
    message["Date"], message["Auto-Submitted"] = formatdate(), "auto-generated"
    message.set_content(text)
    server = mail_server(settings.smtp_url)
    with _connected(server) as client:
        if server.starttls:
            client.starttls(context=ssl.create_default_context())
        if server.user:
            client.login(server.user, server.password)
        refused = client.send_message(message)
    if refused:  # the others have it: to send it to all again would tell them twice
        log.warning("the mail server took %r for some, and refused %s", subject, ", ".join(sorted(refused)))


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.ssl:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=ssl.create_default_context())
    return smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
