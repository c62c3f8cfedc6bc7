"""Webhook and mail, sent to real receivers."""

from __future__ import annotations

from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from perennial.local.ports import free_port
from perennial.notices.channels import channels, send
from perennial.settings import Settings
from unit.notices.receivers import mail_server, webhook

TO = ["ann@example.org", "bo@example.org"]


def test_the_webhook_gets_what_slack_reads() -> None:
    with webhook() as (address, texts):
        assert send(Settings(notice_url=address), "webhook", "a model: train failed", "for a reason", []) is None
    assert texts == ["a model: train failed\nfor a reason"]


def test_mail_goes_to_all_under_the_name_of_the_sender() -> None:
    with mail_server() as (address, box):
        settings = Settings(smtp_url=f"smtp://{address}", notice_from="ml@example.org")
        assert send(settings, "mail", "a model: train failed", "für einen Grund", TO) is None
    assert box.recipients == [TO]
    mail = box.mails[0]
    assert (mail["Subject"], mail["From"], mail["To"]) == ("a model: train failed", "ml@example.org", ", ".join(TO))
    assert mail["Auto-Submitted"] == "auto-generated", "no answering machine answers it"
    assert mail.get_content().strip() == "für einen Grund"


class _Choosy:
    """Knows nobody but ann."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        """Refuse everybody else."""
        if not address.startswith("ann@"):
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 known"


def test_a_server_that_refuses_some_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    controller = Controller(_Choosy(), hostname="127.0.0.1", port=free_port(), ready_timeout=20)
    controller.start()
    try:
        assert send(Settings(smtp_url=f"smtp://127.0.0.1:{controller.port}"), "mail", "a", "b", TO) is None
    finally:
        controller.stop()
    (warning,) = [one.getMessage() for one in caplog.records if one.name == send.__module__]
    assert "refused bo@example.org" in warning
    assert "ann@" not in warning


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # on loopback, by the test's own server
@pytest.mark.parametrize(("password", "taken"), [("s%3Ae%40c", True), ("wrong", False)])
def test_a_login_is_read_from_the_address(password: str, taken: bool) -> None:
    with mail_server("ml", "s:e@c") as (address, box):
        error = send(Settings(smtp_url=f"smtp://ml:{password}@{address}"), "mail", "a", "b", TO)
    assert (error is None, len(box.mails)) == (taken, taken)


def test_a_receiver_that_is_down_or_wrong_is_named_and_its_address_kept_secret() -> None:
    with webhook(status=404) as (address, _):
        assert send(Settings(notice_url=address), "webhook", "a", "b", []) == "HTTP 404"
    for wrong in ("http://127.0.0.1:9/secret", "no address/secret", "https://host:secret/services"):
        told = send(Settings(notice_url=wrong), "webhook", "a", "b", [])
        assert told
        assert "secret" not in told
    for url in (
        "smtp://u:secret@127.0.0.1:9",
        "smtps://u:secret@127.0.0.1:9",
        "mail.example.org",
        "",
        "smtp://u:secret/x@host:587",
    ):
        told = send(Settings(smtp_url=url), "mail", "a", "b", TO)
        assert told
        assert "secret" not in told


def test_mail_needs_a_server_that_keeps_it_secret_but_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server() as (address, box):
        monkeypatch.setattr("perennial.notices.smtp.LOOPBACK", ())
        assert "STARTTLS" in str(send(Settings(smtp_url=f"smtp://{address}"), "mail", "a", "b", TO))
        assert send(Settings(smtp_url=f"smtp://{address}/?disable_tls=true"), "mail", "a", "b", TO) is None
    assert len(box.mails) == 1


def test_there_are_the_ways_that_are_set() -> None:
    assert channels(Settings(), []) == []
    assert channels(Settings(notice_url="http://127.0.0.1:9/hook"), TO) == ["webhook", "mail"]
