"""Sending a notice by mail."""

from __future__ import annotations

import os
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from huaxiang.core.errors import SourceError
from huaxiang.project.automation import MailSpec
from huaxiang.service.jobs.attempts import attempted

TIMEOUT = 20.0
"""Seconds for each answer of the mail server."""


def send_mail(
    spec: MailSpec, to: Sequence[str], content: Mapping[str, Any], pause: Callable[[float], None] = time.sleep
) -> None:
    """Send a notice as plain text. It is tried again where the server can't be reached or is busy.

    Raises:
        SourceError: the server did not take it.
    """
    message = EmailMessage()
    message["Subject"] = content["subject"]
    message["From"] = spec.sender
    message["To"] = ", ".join(to)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=spec.sender.rpartition("@")[2])
    # No answers of machines that are away.
    message["Auto-Submitted"] = "auto-generated"
    lines = [content["subject"], "", *content["lines"], "", content["link"] or ""]
    message.set_content("\n".join(lines).strip() + "\n")
    try:
        attempted(lambda: _send(spec, message), _passes, pause)
    except (smtplib.SMTPException, OSError) as error:
        # What the server said may repeat addresses.
        raise SourceError(f"the mail server did not take a notice: {type(error).__name__}") from None


def _send(spec: MailSpec, message: EmailMessage) -> None:
    with smtplib.SMTP(spec.host, spec.port, timeout=TIMEOUT) as server:
        if spec.starttls:
            server.starttls(context=ssl.create_default_context())
        if spec.user is not None:
            server.login(spec.user, os.environ.get(spec.password, ""))
        server.send_message(message)


def _passes(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500
    return isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException | ssl.SSLError)
