"""The Idempotency-Key law at the edge: one key, one effect, the same answer again."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Response

from app.core.errors import AppError, BadRequest, Unavailable
from app.core.security import crypto
from app.core.web import idempotency

MIN_KEY, MAX_KEY = 8, 255
_CIPHERTEXT = "ciphertext"


def check_key(key: str | None) -> str:
    """The key when it is usable. Raises BadRequest."""
    if not key:
        detail = "Send an Idempotency-Key header: a new random string, such as a UUID, for each action."
        raise BadRequest("idempotency_key_missing", detail)
    if not MIN_KEY <= len(key) <= MAX_KEY or not all("!" <= letter <= "~" for letter in key):
        detail = f"An Idempotency-Key must have {MIN_KEY} to {MAX_KEY} visible ASCII characters."
        raise BadRequest("idempotency_key_invalid", detail)
    return key


def once(
    business_id: UUID,
    *,
    route: str,
    key: str | None,
    read: Callable[[], Any],
    work: Callable[..., Callable[[], Response]],
    status: int,
    secret: bool = False,
) -> Response:
    """Does `work(claim_id=…)` under the key and tells what it answers to tell, or tells again what it told before.
    A secret answer is kept encrypted.

    A refusal (4xx) gives the key back, so a mended request may use it. After an accident, or while somebody else is
    asked for approval, the key stays with its request, whatever a repeat is refused for: it continues under the same
    claim id. Raises what `core.idempotency.claim` raises.
    """
    usable = check_key(key)
    sent = read()
    claim = idempotency.claim(business_id, route=route, key=usable, body=sent)
    if claim.http_status is not None:
        return _again(_opened(claim.id, claim.answer), claim.http_status)
    with idempotency.at_work(business_id, claim):
        tell = _worked(business_id, claim, work)
        try:
            return _keep(business_id, claim, tell, status=status, secret=secret)
        except Exception:
            _pause(business_id, claim)
            raise


def _worked(
    business_id: UUID, claim: idempotency.Claim, work: Callable[..., Callable[[], Response]]
) -> Callable[[], Response]:
    try:
        return work(claim_id=claim.id)
    except Exception as error:
        is_refused = isinstance(error, AppError) and error.http_status < 500 and not error.keeps_key
        if is_refused and not claim.was_begun:
            idempotency.release(business_id, claim)
        else:
            _pause(business_id, claim)
        raise


def _keep(
    business_id: UUID, claim: idempotency.Claim, tell: Callable[[], Response], *, status: int, secret: bool
) -> Response:
    responses: list[Response] = []

    def body() -> dict[str, Any]:
        responses.append(tell())
        text = responses[0].get_data(as_text=True)
        return (
            {_CIPHERTEXT: crypto.encrypt(text, context=idempotency.encryption_context(claim.id))}
            if secret
            else json.loads(text)
        )

    idempotency.answer(business_id, claim, http_status=status, body=body)
    return responses[0]


def _pause(business_id: UUID, claim: idempotency.Claim) -> None:
    """Lets a repeat go on at once. What broke the request may break this too: then the claim ends by itself."""
    with suppress(Unavailable):
        idempotency.pause(business_id, claim)


def _opened(claim_id: UUID, answer: Any) -> Any:
    if set(answer) != {_CIPHERTEXT}:
        return answer
    return json.loads(crypto.decrypt(answer[_CIPHERTEXT], context=idempotency.encryption_context(claim_id)))


def _again(answer: Any, status: int) -> Response:
    response = Response(json.dumps(answer, separators=(",", ":")), status, mimetype="application/json")
    response.headers["Idempotent-Replayed"] = "true"
    response.headers["Cache-Control"] = "no-store"
    return response
