"""`/stripe/v1/…`: what merchants call with their key. Every call is logged, and misbehaves when a script says so."""

import base64
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, current_app, request

from sandbox.simulator import calls, misbehave, scripts
from sandbox.simulator.context import holder, store
from sandbox.simulator.fields import Refusal
from sandbox.simulator.misbehave import Reply
from sandbox.simulator.store import Database, Row, now
from sandbox.simulator.stripe import accounts, forms, mandates, objects, payouts, refunds, sessions
from sandbox.simulator.stripe.objects import Refused

blueprint = Blueprint("stripe", __name__, url_prefix="/stripe")
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Call:
    """Who calls with what, and how it shall go wrong."""

    account: Row
    parameters: dict[str, Any]
    base_url: str
    script: scripts.Script | None


Action = Callable[[Database, Call], dict[str, Any]]
# The numbers of the payments that a call is about, for scripts and for the log.
About = Callable[[Database, Row], Sequence[str]]


@dataclass(frozen=True)
class Address:
    """What one address does: the operation that scripts know it by, the fields it knows, and whom it is about."""

    operation: str
    known: frozenset[str]
    act: Action
    about: About = field(default=lambda _, __: ())


@blueprint.before_request
def keep_bytes() -> None:
    """Before anybody reads the form, which would use them up."""
    request.get_data()


@blueprint.post("/v1/checkout/sessions")
def create_session() -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        _decline(call)
        if call.parameters.get("mode") == "setup":
            return mandates.session(mandates.open_setup(db, call.account, call.parameters), base_url=call.base_url)
        payment = sessions.open_session(db, call.account, call.parameters)
        return _session(payment, call.parameters, call)

    reference = request.form.get("client_reference_id")
    known = sessions.REPEATABLE_CALLS | mandates.SETUP_CALLS
    return run(Address("create", known, act, lambda _, __: [reference] if reference else []))


@blueprint.get("/v1/checkout/sessions")
def list_sessions() -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        rows, has_more = sessions.listed(db, call.account, call.parameters)
        shown = [_session(row, sessions.request_of(db, row), call) for row in rows]
        setups = mandates.sessions_listed(db, call.account, call.parameters)
        shown += [mandates.session(row, base_url=call.base_url) for row in setups]
        return objects.page(shown, "/v1/checkout/sessions", has_more=has_more)

    def about(db: Database, account: Row) -> list[str]:
        rows, _ = sessions.listed(db, account, forms.read(request.query_string.decode(), sessions.QUESTIONS))
        return [row["out_trade_no"] for row in rows]

    return run(Address("query", sessions.QUESTIONS, act, about))


@blueprint.get("/v1/checkout/sessions/<number>")
def retrieve_session(number: str) -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        payment = sessions.of_session(db, call.account, number)
        return _session(payment, sessions.request_of(db, payment), call)

    return run(Address("query", NOTHING, act, _of(sessions.of_session, number)))


@blueprint.post("/v1/checkout/sessions/<number>/expire")
def expire_session(number: str) -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        _decline(call)
        payment = sessions.expire(db, sessions.of_session(db, call.account, number))
        return _session(payment, sessions.request_of(db, payment), call)

    return run(Address("close", NOTHING, act, _of(sessions.of_session, number)))


@blueprint.get("/v1/payment_intents/<number>")
def retrieve_intent(number: str) -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        payment = sessions.of_intent(db, call.account, number)
        return objects.altered(objects.intent(payment, sessions.request_of(db, payment)), call.script)

    return run(Address("query", NOTHING, act, _of(sessions.of_intent, number)))


@blueprint.post("/v1/refunds")
def create_refund() -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        key = request.headers.get("Idempotency-Key")
        row = refunds.open_refund(db, call.account, call.parameters, key, call.script)
        return objects.altered(refunds.shown(db, row), call.script)

    return run(
        Address(
            "refund", refunds.REPEATABLE_CALLS, act, _of(sessions.of_intent, request.form.get("payment_intent", ""))
        )
    )


@blueprint.get("/v1/refunds")
def list_refunds() -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        rows = [
            objects.altered(refunds.shown(db, row), call.script)
            for row in refunds.listed(db, call.account, call.parameters)
        ]
        return objects.page(rows, "/v1/refunds", has_more=False)

    about = _of(sessions.of_intent, request.args.get("payment_intent", ""))
    return run(Address("query_refund", refunds.QUESTIONS, act, about))


@blueprint.get("/v1/refunds/<number>")
def retrieve_refund(number: str) -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        return objects.altered(refunds.shown(db, refunds.find(db, call.account, number)), call.script)

    return run(Address("query_refund", NOTHING, act, _of(refunds.find, number)))


@blueprint.post("/v1/transfers")
def create_transfer() -> Response:
    return run(Address("payout", payouts.TRANSFER_CALLS, _opening(payouts.TRANSFER), _by_key))


@blueprint.post("/v1/payouts")
def create_payout() -> Response:
    return run(Address("payout", payouts.PAYOUT_CALLS, _opening(payouts.PAYOUT), _by_key))


@blueprint.get("/v1/transfers")
def list_transfers() -> Response:
    return run(_listing("/v1/transfers", payouts.TRANSFER_QUESTIONS, payouts.TRANSFER))


@blueprint.get("/v1/payouts")
def list_payouts() -> Response:
    return run(_listing("/v1/payouts", payouts.PAYOUT_QUESTIONS, payouts.PAYOUT))


@blueprint.get("/v1/transfers/<number>")
@blueprint.get("/v1/payouts/<number>")
def retrieve_payout(number: str) -> Response:
    def act(db: Database, call: Call) -> dict[str, Any]:
        return objects.altered(payouts.object_of(db, payouts.find(db, call.account, number)), call.script)

    about = lambda db, account: [payouts.find(db, account, number)["out_payout_no"]]  # noqa: E731
    return run(Address("query_payout", NOTHING, act, about))


@blueprint.route("/v1/<path:rest>", methods=["GET", "POST", "DELETE"])
def anything(rest: str) -> Response:
    def act(_: Database, __: Call) -> dict[str, Any]:
        raise Refused(404, None, f"Unrecognized request URL ({request.method}: /v1/{rest}).")

    return run(Address("unknown", NOTHING, act))


def run(address: Address) -> Response:
    """Authenticates the caller, acts in one transaction, logs, and answers as the script says."""
    started = time.perf_counter()
    script: scripts.Script | None = None
    account: Row | None = None
    number: str | None = None
    reply: Reply | None = None
    is_replayed = False

    def act() -> Reply:
        nonlocal is_replayed
        assert account is not None
        with store().transaction() as db:
            try:
                encoded = request.get_data(as_text=True) if request.method == "POST" else request.query_string.decode()
                call = Call(account, forms.read(encoded, address.known), _base_url(), script)
                answer, is_replayed = _once(db, address, call)
                return Reply(200, content=answer)
            except Refused as refused:
                return Reply(refused.http_status, content=objects.written(refused.body()))
            except Refusal as refusal:
                return Reply(400, content=objects.written(Refused(400, None, refusal.message).body()))

    try:
        with store().transaction() as db:
            account = _authenticate(db)
            script, number = _script(db, account, address)
        reply = misbehave.answer(script, act, hold=holder())
    except Refused as refused:
        reply = Reply(refused.http_status, content=objects.written(refused.body()))
    finally:
        _log(address.operation, account, number, reply, script, int((time.perf_counter() - started) * 1000))
    return _response(reply, is_replayed=is_replayed)


def _response(reply: Reply, *, is_replayed: bool) -> Response:
    content = misbehave.drip(hold=holder()) if reply.drips else reply.body()
    response = Response(content, reply.status, content_type=reply.content_type)
    response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", objects.API_VERSION)
    if is_replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if reply.status == 302:
        response.headers["Location"] = "/"
    return response


def _once(db: Database, address: Address, call: Call) -> tuple[bytes, bool]:
    """The answer as written, and whether it was given before: the same key means the same request. What was refused
    is not remembered, for nothing was done. Raises: Refused."""
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return objects.written(address.act(db, call)), False
    fingerprint = hashlib.sha256(f"{request.path}\n".encode() + request.get_data()).hexdigest()
    arguments = (call.account["account_id"], key)
    stored = db.execute("SELECT * FROM stripe_replays WHERE account_id = ? AND key = ?", arguments).fetchone()
    if stored is not None:
        if stored["request"] != fingerprint:
            words = "Keys for idempotent requests can only be used with the same parameters they were first used with."
            raise Refused(400, None, words, "idempotency_error")
        return bytes(stored["response"]), True
    answer = objects.written(address.act(db, call))
    values = (*arguments, fingerprint, answer, now())
    db.execute("INSERT INTO stripe_replays VALUES (?, ?, ?, ?, ?)", values)
    return answer, False


def _authenticate(db: Database) -> Row:
    """The account whose key this is. Raises: Refused 401."""
    scheme, _, header = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        header = base64.b64decode(header + "==").decode(errors="replace").partition(":")[0]
    account = accounts.by_key(db, header) if scheme in ("Bearer", "Basic") else None
    if account is None:
        raise Refused(401, None, f"Invalid API Key provided: {header[:8]}****")
    return account


def _script(db: Database, account: Row, address: Address) -> tuple[scripts.Script | None, str | None]:
    """The script whose turn it is and the payment it is about: of a list, the first in it that has one."""
    try:
        numbers = [*address.about(db, account)]
    except Refused:
        numbers = []
    candidates: list[str | None] = [*numbers] or [None]
    for number in candidates:
        script = scripts.take(db, address.operation, number)
        if script is not None:
            return script, number
    return None, numbers[0] if len(numbers) == 1 else None


def _of(find: Callable[[Database, Row, str], Row], number: str) -> About:
    return lambda db, account: [find(db, account, number)["out_trade_no"]]


def _opening(to: tuple[str, ...]) -> Action:
    """Opens what goes to such accounts."""

    def act(db: Database, call: Call) -> dict[str, Any]:
        key = request.headers.get("Idempotency-Key")
        row = payouts.open_payout(db, call.account, call.parameters, key=key, script=call.script, to=to)
        return objects.altered(payouts.object_of(db, row), call.script)

    return act


def _by_key(_: Database, __: Row) -> list[str]:
    key = request.headers.get("Idempotency-Key")
    return [key] if key else []


def _listing(url: str, known: frozenset[str], to: tuple[str, ...]) -> Address:
    """The list of what went to such accounts."""

    def act(db: Database, call: Call) -> dict[str, Any]:
        rows, has_more = payouts.listed(db, call.account, call.parameters, to=to)
        return objects.page([objects.altered(row, call.script) for row in rows], url, has_more=has_more)

    def about(db: Database, account: Row) -> Sequence[str]:
        return payouts.numbers(db, account, forms.read(request.query_string.decode(), known))

    return Address("query_payout", known, act, about)


def _decline(call: Call) -> None:
    if call.script is not None and call.script.behavior == "decline":
        raise objects.refused(call.script.value or "rate_limit")


def _session(payment: Row, order: dict[str, Any], call: Call) -> dict[str, Any]:
    return objects.altered(objects.session(payment, order, base_url=call.base_url), call.script)


def _base_url() -> str:
    return str(current_app.config["PUBLIC_URL"] or request.url_root).rstrip("/")


def _log(
    operation: str,
    account: Row | None,
    out_trade_no: str | None,
    reply: Reply | None,
    script: scripts.Script | None,
    duration_ms: int,
) -> None:
    call = calls.Call(
        direction="in",
        operation=operation,
        merchant_id=account["account_id"] if account else None,
        out_trade_no=out_trade_no,
        method=request.method,
        url=request.full_path.rstrip("?"),
        request=request.get_data().decode(errors="replace"),
        duration_ms=duration_ms,
    )
    text = reply.body()[: calls.MAX_TEXT_LENGTH].decode(errors="replace") if reply else "no response"
    with store().transaction() as db:
        calls.write(db, call, calls.Answer(reply.status if reply else None, text), script)
