"""The errors that a caller of Bursar may see; `code` is stable and part of the API."""

from __future__ import annotations

from typing import Any


class AppError(Exception):
    """An expected refusal. `message` is for people, `code` for programs, `details` for both (JSON-able)."""

    http_status = 500
    default_code = "internal_error"
    keeps_key = False  # a repeat of the request goes on where this one stopped, under the same id

    def __init__(self, code: str = "", message: str = "", *, details: dict[str, Any] | None = None) -> None:
        self.code = code or self.default_code
        self.message = message or self.code.replace("_", " ").capitalize() + "."
        self.details = details or {}
        super().__init__(f"{self.code}: {self.message}")


class BadRequest(AppError):
    http_status, default_code = 400, "bad_request"


class Unauthenticated(AppError):
    http_status, default_code = 401, "unauthenticated"


class Declined(AppError):
    http_status, default_code = 402, "declined"


class Denied(AppError):
    http_status, default_code = 403, "denied"


class NotFound(AppError):
    http_status, default_code = 404, "not_found"


class Conflict(AppError):
    http_status, default_code = 409, "conflict"


class Invalid(AppError):
    http_status, default_code = 422, "invalid"


class TooMany(AppError):
    http_status, default_code = 429, "too_many_requests"


class Unavailable(AppError):
    http_status, default_code = 503, "unavailable"
