"""Why nobody answered, in a sentence that a person can act on. What exactly happened stays in logs, for developers."""

from __future__ import annotations

import errno

import httpx

from app.lib.destinations import NotAllowed

_CLOSED = "The server closed the connection before it answered."
_LATE = "The server did not answer in time."
# By the name of the error's class or one above it: this module opens no connection, and so loads none of theirs.
_BY_NAME = {
    "InvalidURL": "This URL cannot be called.",
    "UnsupportedProtocol": "This URL cannot be called.",
    "ConnectTimeout": "The server could not be reached in time.",
    "TimeoutException": _LATE,
    "TimeoutError": _LATE,
    "SSLCertVerificationError": "The server's certificate is not valid for this address.",
    "SSLError": "No secure connection could be made.",
    "gaierror": "The server's name is not known.",
    "DecodingError": "The answer could not be read.",
    "ConnectionRefusedError": "Nothing answers at this address: the connection was refused.",
    "ConnectionResetError": _CLOSED,
    "SMTPAuthenticationError": "The mail server did not accept the user name and password.",
    "SMTPRecipientsRefused": "The mail server rejected this recipient.",
    "SMTPServerDisconnected": "The mail server closed the connection.",
    "SMTPException": "The mail server rejected the message.",
}
# By number of the operating system, which libraries keep somewhere down the chain of causes or in the text alone.
_BY_NUMBER = {
    errno.ECONNREFUSED: "Nothing answers at this address: the connection was refused.",
    errno.EHOSTUNREACH: "The server cannot be reached from here.",
    errno.ENETUNREACH: "The server cannot be reached from here.",
    errno.ECONNRESET: _CLOSED,
    errno.EPIPE: _CLOSED,
    errno.ETIMEDOUT: _LATE,
    errno.ENOSPC: "The disk is full.",
    errno.EACCES: "Writing there is not allowed.",
}


def explain(error: BaseException) -> str:
    """One sentence, without a name of a class or a number of an error."""
    for each in _chain(error):
        found = _of(each)
        if found:
            return found
    return "The connection failed."


def _of(error: BaseException) -> str | None:
    if isinstance(error, NotAllowed):
        return f"{error}."
    for name in (each.__name__ for each in type(error).__mro__):
        if name in _BY_NAME:
            return _BY_NAME[name]
    number = error.errno if isinstance(error, OSError) else _number_in(str(error))
    if number is not None and number in _BY_NUMBER:
        return _BY_NUMBER[number]
    if isinstance(error, httpx.ConnectError) and number is None and str(error):
        return f"{str(error).rstrip('.')}."  # our own connector says why it does not connect
    return _CLOSED if isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError) and number is None else None


def _number_in(text: str) -> int | None:
    """As in `[Errno 111] Connection refused`."""
    head, _, rest = text.partition("[Errno ")
    digits = rest.partition("]")[0]
    return int(digits) if not head and digits.isdecimal() else None


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and what led to it, the deepest first: it says most."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found[::-1]
