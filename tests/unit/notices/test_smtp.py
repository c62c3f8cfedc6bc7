"""The address of a mail server, as people write it."""

from __future__ import annotations

import pytest

from perennial.errors import SetupError
from perennial.notices.smtp import MailServer, mail_server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://ml:a%40b@mail.example.org", MailServer("mail.example.org", 587, "ml", "a@b", False, True)),
        ("smtps://ml:x@mail.example.org", MailServer("mail.example.org", 465, "ml", "x", True, False)),
        ("smtp://relay.example.org:25/?disable_tls=true", MailServer("relay.example.org", 25, "", "", False, False)),
        ("smtp://relay.example.org:25/?disable_tls=false", MailServer("relay.example.org", 25, "", "", False, True)),
        ("smtp://127.0.0.1:1025", MailServer("127.0.0.1", 1025, "", "", False, False)),
    ],
)
def test_an_address_says_how_mail_is_handed_in(url: str, server: MailServer) -> None:
    assert mail_server(url) == server


@pytest.mark.parametrize(
    "url", ["", "mail.example.org", "http://u:secret@mail.example.org", "smtp://", "smtp://u:secret/x@host:587"]
)
def test_what_is_no_address_is_named_without_its_password(url: str) -> None:
    with pytest.raises(SetupError) as raised:
        mail_server(url)
    assert "secret" not in str(raised.value)
