"""Sending mail: by SMTP, or into a folder where it can be looked at (MAIL_URL)."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from app.core import settings

TIMEOUT_S = 10.0


def is_on() -> bool:
    """Whether this installation sends mail at all."""
    return bool(settings.current().mail_url)


def send(message: EmailMessage) -> None:
    """Hand the mail over. Not inside a phase: this waits for another machine.

    Raises:
        OSError, smtplib.SMTPException: nobody took it, or nobody knows.
    """
    url = urlsplit(settings.current().mail_url)
    if url.scheme == "file":
        _keep(message, Path(unquote(url.path)))
        return
    tls = ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(url.hostname or "", url.port or 465, timeout=TIMEOUT_S, context=tls)
    else:
        server = smtplib.SMTP(url.hostname or "", url.port or 25, timeout=TIMEOUT_S)
    with server:
        if url.scheme == "smtp+starttls":
            server.starttls(context=tls)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def _keep(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    (folder / f"{name}.eml").write_bytes(bytes(message))
