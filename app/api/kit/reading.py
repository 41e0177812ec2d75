"""Reads a request strictly: the right type, within the limits, exactly the documented members."""

from dataclasses import dataclass
from typing import IO, Any, TypeVar

from flask import g, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.errors import AppError, BadRequest, Invalid

MAX_BODY_BYTES = 256 * 1024
"""Largest body of any JSON route; the largest documented one is far below it."""

MAX_LISTED_ERRORS = 20

ShapeT = TypeVar("ShapeT", bound=BaseModel)


class UnsupportedMediaType(AppError):
    """The body is not JSON."""

    http_status = 415


def raw_body(most_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The body as it came, at most so long, also when it is sent in chunks without a length."""
    if (request.content_length or 0) > most_bytes:
        raise RequestEntityTooLarge
    request.max_content_length = most_bytes
    content: bytes = request.get_data(cache=True)
    g.raw_body = content
    return content


def read_body(shape: type[ShapeT]) -> ShapeT:
    """The body as `shape`. Raises AppError: 415 not JSON, 400 malformed, 422 not the documented shape; 413."""
    content = raw_body()
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("unsupported_media_type", "The body must be sent as application/json.")
    try:
        meant = g.get("meant")
        return shape.model_validate_json(content if meant is None else meant(content))
    except ValidationError as failure:
        first = failure.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] in ("json_invalid", "model_type") and not first["loc"]:
            raise BadRequest("malformed_body", "The body is not a JSON object.") from None
        raise _invalid(failure) from None


@dataclass(frozen=True)
class Upload:
    """What a route takes besides JSON: one file of at most so many bytes, and the texts of `form` beside it."""

    most_bytes: int
    form: type[BaseModel]
    description: str = "The file."


@dataclass(frozen=True)
class Uploaded:
    """A file that was sent, as a stream from its start, and the texts beside it. Its name is nobody's business."""

    file: IO[bytes]
    form: Any


def read_upload(upload: Upload) -> Uploaded:
    """The file `file` of a multipart form. Raises AppError: 415 no such form, 422 not as documented; 413."""
    most = upload.most_bytes + MAX_BODY_BYTES
    if (request.content_length or 0) > most:
        raise RequestEntityTooLarge
    request.max_content_length = most
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("unsupported_media_type", "The file must be sent as multipart/form-data.")
    sent = request.files.getlist("file")
    if len(sent) != 1 or len(request.files) != 1:
        raise Invalid("invalid_parameter", "Send one file, as the part `file`.", details={"param": "file"})
    try:
        form = upload.form.model_validate(request.form.to_dict())
    except ValidationError as failure:
        raise _invalid(failure) from None
    return Uploaded(sent[0].stream, form)


def read_query(shape: type[ShapeT]) -> ShapeT:
    """The query string as `shape`. Raises Invalid for an unknown, repeated or ill-formed parameter."""
    values: dict[str, Any] = {}
    for name, given in request.args.lists():
        if len(given) != 1:
            raise Invalid("invalid_parameter", f"{name} is given more than once.", details={"param": name})
        values[name] = given[0]
    try:
        return shape.model_validate(values)
    except ValidationError as failure:
        raise _invalid(failure) from None


def refuse_query() -> None:
    """Refuses parameters on a route that takes none, so that a misspelt one is noticed."""
    for name in request.args:
        raise Invalid("invalid_parameter", f"{name[:100]} is not a valid parameter.", details={"param": name[:100]})


def _invalid(failure: ValidationError) -> Invalid:
    listed = failure.errors(include_url=False, include_context=False, include_input=False)[:MAX_LISTED_ERRORS]
    errors = [
        {
            "param": _path(error["loc"]),
            "code": error["type"],
            "detail": error["msg"].removeprefix("Value error, "),
        }
        for error in listed
    ]
    first = errors[0]
    detail = f"{first['param'] or 'body'}: {first['detail']}"
    return Invalid("invalid_parameter", detail, details={"param": first["param"] or None, "errors": errors})


def _path(location: tuple[int | str, ...]) -> str:
    """`("line_items", 0, "quantity")` as `line_items[0].quantity`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text[:200]
