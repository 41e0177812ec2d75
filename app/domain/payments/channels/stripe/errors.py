"""What a request to Stripe ends with when there is no answer to use."""

from __future__ import annotations


class Refused(Exception):
    """A 4xx of theirs with its kind (`invalid_request_error`) and its code, which may be the kind again."""

    def __init__(self, kind: str, code: str, message: str) -> None:
        self.kind, self.code, self.words = kind, code, message
        super().__init__(message)


class NoAnswer(Exception):
    """Nothing usable came back."""
