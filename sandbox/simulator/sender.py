"""The thread that notifies merchants: takes due notices, sends them side by side, records the answers."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from sandbox.simulator import calls, dialects, notices, payments, payouts, refunds, scripts
from sandbox.simulator.dialects import Message
from sandbox.simulator.store import Database, Row, Store, now

MAX_AT_ONCE = 16
MAX_WAIT_S = 5.0
PUT_OFF = ("delay", "reorder")
log = logging.getLogger("pretendpay")


class Sender(threading.Thread):
    """Runs until `stop`. All it knows is in the store, so a restart goes on where it was."""

    def __init__(self, store: Store) -> None:
        super().__init__(name="sender", daemon=True)
        self._store = store
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(MAX_AT_ONCE, thread_name_prefix="notice")
        self._client = httpx.Client(trust_env=False, follow_redirects=False)

    def run(self) -> None:
        with self._store.transaction() as db:
            notices.recover(db)
        while not self._stopping.is_set():
            try:
                self._round()
            except Exception:  # the thread must outlive whatever one round meets
                log.exception("a round of sending failed")
                self._stopping.wait(1.0)

    def stop(self) -> None:
        """Takes no more notices and waits for those under way."""
        self._stopping.set()
        self._store.wake()
        self.join()
        self._pool.shutdown(wait=True)
        self._client.close()

    def _round(self) -> None:
        with self._store.transaction() as db:
            payments.expire_due(db)
            refunds.decide_due(db)
            payouts.decide_due(db)
            due = notices.claim_due(db, MAX_AT_ONCE)
        for notice in due:
            self._pool.submit(self._send, notice)
        if len(due) == MAX_AT_ONCE:
            return
        seen = self._store.version
        with self._store.transaction() as db:
            wait_s = _until_next(db)
        if not self._stopping.is_set():
            self._store.wait_for_change(seen, timeout_s=wait_s)

    def _send(self, notice: Row) -> None:
        try:
            self._attempt(notice)
        except Exception as error:
            log.exception("sending %s failed", notice["notice_id"])
            with self._store.transaction() as db:
                _finish(db, notice, None, is_acknowledged=False, error=type(error).__name__)

    def _attempt(self, notice: Row) -> None:
        with self._store.transaction() as db:
            without = PUT_OFF if notice["put_off"] else ()
            script = scripts.take(db, "notice", notice["out_trade_no"], without=without)
            if script and script.behavior in PUT_OFF:
                notices.put_off(db, notice, behavior=script.behavior, until=now() + script.seconds)
                return
            message = dialects.message(db, notice, script)
            patience_s = notices.patience_s(db)
            if message is None:
                _finish(db, notice, None, is_acknowledged=True, error=None)
                return
        if script and script.behavior == "drop":
            with self._store.transaction() as db:
                calls.write(db, _call(notice, notice["payload"], 0), calls.Answer(None, "never sent"), script)
                _finish(db, notice, message, is_acknowledged=False, error="dropped by a script")
            return
        copies = script.copies if script and script.behavior == "duplicate" else 1
        answers = self._post(notice, script, message, patience_s=patience_s, copies=copies)
        good = [each for each in answers if message.is_acknowledged(each.http_status, each.text)]
        last = (good or answers)[-1]
        with self._store.transaction() as db:
            error = None if last.http_status else last.text
            _finish(db, notice, message, is_acknowledged=bool(good), error=error, http_status=last.http_status)

    def _post(
        self, notice: Row, script: scripts.Script | None, message: Message, *, patience_s: float, copies: int
    ) -> list[calls.Answer]:
        body, headers = message.body, message.headers
        together = threading.Barrier(copies)

        def post(_: int) -> calls.Answer:
            together.wait()
            started = time.perf_counter()
            try:
                got = self._client.post(notice["url"], content=body, headers=headers, timeout=patience_s)
                answer = calls.Answer(got.status_code, got.text[:2000])
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                answer = calls.Answer(None, type(error).__name__)
            duration_ms = int((time.perf_counter() - started) * 1000)
            with self._store.transaction() as db:
                calls.write(db, _call(notice, body.decode(errors="replace"), duration_ms), answer, script)
            return answer

        if copies == 1:
            return [post(0)]
        with ThreadPoolExecutor(copies) as pool:
            return list(pool.map(post, range(copies)))


def _finish(
    db: Database,
    notice: Row,
    message: Message | None,
    *,
    is_acknowledged: bool,
    error: str | None,
    http_status: int | None = None,
) -> None:
    usual = message.ladder_s if message else notices.LADDER_S
    notices.finish(db, notice, is_acknowledged=is_acknowledged, http_status=http_status, error=error, usual=usual)


def _call(notice: Row, body: str, duration_ms: int) -> calls.Call:
    return calls.Call(
        direction="out",
        operation="notice",
        merchant_id=notice["merchant_id"],
        out_trade_no=notice["out_trade_no"],
        method="POST",
        url=notice["url"],
        request=body,
        duration_ms=duration_ms,
    )


def _until_next(db: Database) -> float:
    (soonest,) = db.execute(
        "SELECT min(at) FROM (SELECT min(next_at) AS at FROM notices WHERE state = 'waiting'"
        " UNION ALL SELECT min(expires_at) FROM payments WHERE status = 'pending'"
        " UNION ALL SELECT min(decides_at) FROM refunds WHERE status = 'pending'"
        " UNION ALL SELECT min(decides_at) FROM payouts WHERE status = 'pending')"
    ).fetchone()
    return MAX_WAIT_S if soonest is None else min(MAX_WAIT_S, max(0.0, soonest - now()))
