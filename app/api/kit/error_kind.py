"""What an error code of the API means to its caller."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorKind:
    """One stable error code of the API."""

    code: str
    status: int
    title: str
    advice: str
