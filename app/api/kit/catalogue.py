"""Each error code that a JSON route may answer: its status, its title, and what the caller should do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorKind:
    """One stable error code of the API."""

    code: str
    status: int
    title: str
    advice: str


_KINDS = (
    # The request as such
    ErrorKind("malformed_body", 400, "Malformed body", "Send valid UTF-8 JSON with an object at the top."),
    ErrorKind("bad_request", 400, "Bad request", "The request could not be read as HTTP; check how it is built."),
    ErrorKind("idempotency_key_missing", 400, "Idempotency-Key missing",
              "Make a new random key for each action, send it in the Idempotency-Key header, and repeat it on retries."),
    ErrorKind("idempotency_key_invalid", 400, "Idempotency-Key invalid", "Use 8 to 255 visible ASCII characters."),
    ErrorKind("unauthenticated", 401, "Not authenticated", "Send a valid key: Authorization: Bearer sk_test_…"),
    ErrorKind("denied", 403, "Not allowed", "This key may not do this; use a key with the permission that is named."),
    ErrorKind("origin_denied", 403, "Origin not allowed", "Add the page's origin to the allowed origins of the business."),
    ErrorKind("not_found", 404, "Not found", "No such object in this business, or no such address."),
    ErrorKind("method_not_allowed", 405, "Method not allowed", "Use one of the methods in the Allow header."),
    ErrorKind("not_acceptable", 406, "Not acceptable", "Only application/json is answered."),
    ErrorKind("body_too_large", 413, "Body too large", "Send at most 256 kB."),
    ErrorKind("unsupported_media_type", 415, "Unsupported media type", "Send Content-Type: application/json."),
    ErrorKind("invalid_parameter", 422, "Invalid parameter",
              "Correct the members listed under `errors`; nothing was changed."),
    ErrorKind("invalid_cursor", 422, "Invalid cursor", "Pass next_cursor of the page before, unchanged."),
    ErrorKind("idempotency_key_reused", 422, "Idempotency-Key reused",
              "The key was used with another body. Use a new key for a new action."),
    ErrorKind("idempotency_in_flight", 409, "Still in flight",
              "The first request with this key is still running. Wait a moment and repeat it with the same key."),
    ErrorKind("rate_limited", 429, "Too many requests", "Wait as many seconds as Retry-After says."),
    ErrorKind("internal", 500, "Internal error",
              "Repeat with the same Idempotency-Key. If it stays, report the request id."),
    ErrorKind("unavailable", 503, "Temporarily unavailable",
              "Repeat with the same Idempotency-Key after Retry-After seconds."),
)  # fmt: skip

CATALOGUE: dict[str, ErrorKind] = {kind.code: kind for kind in _KINDS}

_BY_STATUS = {
    400: "bad_request", 401: "unauthenticated", 403: "denied", 404: "not_found", 405: "method_not_allowed",
    406: "not_acceptable", 413: "body_too_large", 415: "unsupported_media_type", 422: "invalid_parameter",
    429: "rate_limited", 500: "internal", 503: "unavailable",
}  # fmt: skip


def kind_for(code: str, status: int) -> ErrorKind:
    """The kind of a code; a code that is not in the catalogue takes the title of its status."""
    if code in CATALOGUE:
        return CATALOGUE[code]
    general = CATALOGUE.get(_BY_STATUS.get(status, ""), None)
    return ErrorKind(code, status, general.title if general else "Error", general.advice if general else "")


def code_for_status(status: int) -> str:
    """The code for an HTTP error that has no code of its own."""
    return _BY_STATUS.get(status, "bad_request" if status < 500 else "internal")
