"""The errors that a caller of Bursar may see; `code` is stable and part of the API."""

from __future__ import annotations

from collections.abc import Mapping
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


class ChangedMeanwhile(Conflict):
    """Somebody else changed it since it was read. `details.version` is the one that is in force now, `details.changes`
    has by name what it says now (`before`) and what it would have said (`after`)."""

    default_code = "version_conflict"

    def __init__(self, message: str, *, version: int, now: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        names = [name for name in {**now, **wanted} if now.get(name) != wanted.get(name)]
        changes = {name: {"before": now.get(name), "after": wanted.get(name)} for name in names}
        super().__init__(message=message, details={"version": version, "changes": changes})


class Invalid(AppError):
    http_status, default_code = 422, "invalid"


class TooMany(AppError):
    http_status, default_code = 429, "too_many_requests"


class Unavailable(AppError):
    http_status, default_code = 503, "unavailable"
