"""The Idempotency-Key law at the edge: one key, one effect, the same answer again."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response

from app.api.kit.shapes import Answer
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
    work: Callable[[Working], Callable[[], Response]],
    status: int,
    secret: bool = False,
    in_phases: bool = False,
) -> Response:
    """Does `work` under the key and tells what it answers to tell, or tells again what it told before. A secret answer
    is kept encrypted. Work that does nothing outside before its first phase writes the claim there (`in_phases`), and
    may keep the answer in its last one.

    A refusal (4xx) gives the key back, so a mended request may use it. After an accident, or while somebody else is
    asked for approval, the key stays with its request, whatever a repeat is refused for: it continues under the same
    claim id. Raises what `core.idempotency.claim` raises.
    """
    usable = check_key(key)
    sent = read()
    if in_phases:
        claim = idempotency.unwritten_claim(route=route, key=usable, body=sent)
        with suppress(idempotency.KeyTaken):
            return Working(business_id, claim, status=status, secret=secret).do(work)
    claim = idempotency.claim(business_id, route=route, key=usable, body=sent)
    if claim.http_status is not None:
        return _again(_opened(claim.id, claim.answer), claim.http_status)
    return Working(business_id, claim, status=status, secret=secret).do(work)


@dataclass(frozen=True)
class ClaimInHand:
    """For work that begins and ends with its claim: nobody had it before when `is_first`, and `keep` is called in the
    phase that ends the work, with what says the answer."""

    is_first: bool
    keep: Callable[[Callable[[], Answer]], None]


class Working:
    """One request under a claim of its own."""

    def __init__(self, business_id: UUID, claim: idempotency.Claim, *, status: int, secret: bool) -> None:
        self.business_id, self.claim, self.status, self.secret = business_id, claim, status, secret
        self.response: Response | None = None

    def claim_for(self, answer: Callable[[Answer], Response]) -> ClaimInHand:
        """For the work; `answer` makes a response of what it says."""

        def keep(tell: Callable[[], Answer]) -> None:
            idempotency.answer_here(self.claim, http_status=self.status, body=self._body(lambda: answer(tell())))

        return ClaimInHand(self.claim.unwritten is not None, keep)

    def do(self, work: Callable[[Working], Callable[[], Response]]) -> Response:
        with idempotency.at_work(self.business_id, self.claim):
            tell = self._worked(work)
            if self.response is not None:
                return self.response
            try:
                idempotency.answer(self.business_id, self.claim, http_status=self.status, body=lambda: self._body(tell))
            except Exception:
                _pause(self.business_id, self.claim)
                raise
        assert self.response is not None
        return self.response

    def _worked(self, work: Callable[[Working], Callable[[], Response]]) -> Callable[[], Response]:
        try:
            return work(self)
        except idempotency.KeyTaken:
            raise
        except Exception as error:
            is_refused = isinstance(error, AppError) and error.http_status < 500 and not error.keeps_key
            if not idempotency.is_written():
                # Nothing was done; whether it was done before is what a repeat asks first.
                if is_refused and idempotency.is_known(self.business_id, self.claim):
                    raise idempotency.KeyTaken from error
            elif is_refused and not self.claim.was_begun:
                idempotency.release(self.business_id, self.claim)
            else:
                _pause(self.business_id, self.claim)
            raise

    def _body(self, tell: Callable[[], Response]) -> dict[str, Any]:
        self.response = tell()
        text = self.response.get_data(as_text=True)
        if not self.secret:
            found: dict[str, Any] = json.loads(text)
            return found
        return {_CIPHERTEXT: crypto.encrypt(text, context=idempotency.encryption_context(self.claim.id))}


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
