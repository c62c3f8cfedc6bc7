"""A word to people who do not look: posted to a webhook as {"text": ...}, as Slack and its like read it."""

from __future__ import annotations

import logging

import httpx

from perennial.settings import Settings

PATIENCE = 10.0
"""Seconds that a receiver has to answer."""
log = logging.getLogger(__name__)


def notice(settings: Settings, text: str) -> bool | None:
    """Post a notice to PERENNIAL_NOTICE_URL; None where none is set, False where it was not taken.

    A receiver that is down stops nothing: what matters stands in the ledger.
    """
    if not settings.notice_url:
        return None
    try:
        httpx.post(settings.notice_url, json={"text": text}, timeout=PATIENCE).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("the notice was not taken (%s): %s", type(error).__name__, text)
        return False
    return True
