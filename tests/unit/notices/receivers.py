"""Receivers of notices on this machine: a webhook as Slack's, and a mail server."""

from __future__ import annotations

import errno
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from perennial.local.ports import free_port


@contextmanager
def webhook(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """Listen for notices as Slack does: give the address, and the texts that came; answer with `status`."""
    texts: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            texts.append(body["text"])  # first: whoever has the answer may look at once
            self.send_response(status if set(body) == {"text"} else 400)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", texts
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Mailbox:
    """Keeps what comes, each with all who get it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one mail."""
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 taken"


@contextmanager
def mail_server(user: str = "", password: str = "", **arguments: Any) -> Iterator[tuple[str, Mailbox]]:
    """Run a mail server on a free port: give its address and the mailbox behind it; with a user it asks for a login."""
    box = Mailbox()
    if user:

        def known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            right = (data.login.decode(), data.password.decode()) == (user, password)
            return AuthResult(success=right, handled=right)  # a wrong one is answered by the server

        arguments |= {"auth_require_tls": False, "auth_required": True, "authenticator": known}
    controller = _started(box, arguments)
    try:
        yield f"127.0.0.1:{controller.port}", box
    finally:
        controller.stop()


def _started(box: Mailbox, arguments: dict[str, Any]) -> Controller:
    """Start on a free port, on the next one where another process was quicker; patient, as the machine may be busy."""
    while True:
        controller = Controller(box, hostname="127.0.0.1", port=free_port(), ready_timeout=20, **arguments)
        try:
            controller.start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return controller
