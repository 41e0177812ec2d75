"""The company's own data: one SQLite file, one connection, one transaction at a time."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

Row = sqlite3.Row
Database = sqlite3.Connection

SCHEMA = """
CREATE TABLE IF NOT EXISTS merchants (
    merchant_id TEXT PRIMARY KEY, api_key TEXT NOT NULL CHECK (api_key <> ''),
    previous_api_key TEXT, name TEXT) STRICT;
CREATE TABLE IF NOT EXISTS payments (
    trade_no TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, out_trade_no TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL, scene TEXT NOT NULL,
    subject TEXT NOT NULL, notify_url TEXT NOT NULL, return_url TEXT NOT NULL, expires_at REAL NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'closed')),
    decline_code TEXT, close_reason TEXT, created_at REAL NOT NULL, paid_at REAL, means TEXT,
    UNIQUE (merchant_id, out_trade_no)) STRICT;
CREATE INDEX IF NOT EXISTS payments_expiring ON payments (expires_at) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS payments_paid ON payments (merchant_id, paid_at);
CREATE INDEX IF NOT EXISTS payments_by_number ON payments (out_trade_no);
CREATE TABLE IF NOT EXISTS closed_numbers (
    merchant_id TEXT NOT NULL, out_trade_no TEXT NOT NULL, PRIMARY KEY (merchant_id, out_trade_no)) STRICT;
CREATE TABLE IF NOT EXISTS refunds (
    refund_no TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, out_refund_no TEXT NOT NULL,
    trade_no TEXT NOT NULL REFERENCES payments, out_trade_no TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL, reason TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')), code TEXT,
    notify_url TEXT NOT NULL, created_at REAL NOT NULL, decides_at REAL, decided_at REAL,
    UNIQUE (merchant_id, out_refund_no)) STRICT;
CREATE INDEX IF NOT EXISTS refunds_of_payment ON refunds (trade_no);
CREATE INDEX IF NOT EXISTS refunds_pending ON refunds (decides_at) WHERE status = 'pending';
CREATE TABLE IF NOT EXISTS payouts (
    payout_no TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, out_payout_no TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
    reason TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')), code TEXT,
    notify_url TEXT, created_at REAL NOT NULL, decides_at REAL, decided_at REAL,
    UNIQUE (merchant_id, out_payout_no)) STRICT;
CREATE INDEX IF NOT EXISTS payouts_pending ON payouts (decides_at) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS payouts_by_number ON payouts (out_payout_no);
CREATE TABLE IF NOT EXISTS notices (
    notice_id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, trade_no TEXT NOT NULL,
    out_trade_no TEXT NOT NULL, event TEXT NOT NULL, url TEXT NOT NULL, payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'abandoned')),
    attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL, put_off TEXT,
    last_status INTEGER, last_error TEXT, created_at REAL NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS notices_due ON notices (next_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS notices_of_payment ON notices (trade_no);
CREATE TABLE IF NOT EXISTS scripts (
    script_id INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, out_trade_no TEXT,
    operation TEXT NOT NULL, behavior TEXT NOT NULL, times INTEGER, used INTEGER NOT NULL DEFAULT 0,
    value TEXT) STRICT;
CREATE TABLE IF NOT EXISTS calls (
    call_id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, direction TEXT NOT NULL,
    operation TEXT NOT NULL, merchant_id TEXT, out_trade_no TEXT, method TEXT NOT NULL, url TEXT NOT NULL,
    request TEXT NOT NULL, response TEXT NOT NULL, http_status INTEGER, duration_ms INTEGER NOT NULL,
    script TEXT) STRICT;
CREATE INDEX IF NOT EXISTS calls_of_payment ON calls (out_trade_no);
CREATE TABLE IF NOT EXISTS alipay_apps (
    app_id TEXT PRIMARY KEY, seller_id TEXT NOT NULL, app_public_key TEXT NOT NULL,
    previous_app_public_key TEXT, private_key TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS alipay_codes (
    code TEXT PRIMARY KEY, app_id TEXT NOT NULL, out_trade_no TEXT NOT NULL, request TEXT NOT NULL,
    UNIQUE (app_id, out_trade_no)) STRICT;
CREATE TABLE IF NOT EXISTS alipay_certificates (
    app_id TEXT PRIMARY KEY, app_cert_sn TEXT NOT NULL, alipay_root_cert_sn TEXT NOT NULL,
    alipay_cert_sn TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS alipay_gateways (app_id TEXT PRIMARY KEY, url TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS alipay_agreements (
    agreement_no TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, app_id TEXT NOT NULL, external_no TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('requested', 'declined', 'NORMAL', 'STOP', 'UNSIGN')),
    request TEXT NOT NULL, notify_url TEXT NOT NULL, return_url TEXT NOT NULL,
    created_at REAL NOT NULL, signed_at REAL, ended_at REAL, UNIQUE (app_id, external_no)) STRICT;
CREATE TABLE IF NOT EXISTS contracts (
    contract_no TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, out_contract_no TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'paused', 'ended', 'declined')),
    buyer TEXT NOT NULL, largest INTEGER NOT NULL, currency TEXT NOT NULL, every TEXT NOT NULL, first_on TEXT NOT NULL,
    notify_url TEXT NOT NULL, return_url TEXT NOT NULL, created_at REAL NOT NULL, signed_at REAL, ended_at REAL,
    UNIQUE (merchant_id, out_contract_no)) STRICT;
CREATE TABLE IF NOT EXISTS disputes (
    dispute_no TEXT NOT NULL, merchant_id TEXT NOT NULL, trade_no TEXT, out_trade_no TEXT, amount INTEGER,
    currency TEXT, reason TEXT NOT NULL, due_at TEXT,
    status TEXT NOT NULL CHECK (status IN ('open', 'review', 'won', 'lost', 'partly_lost')),
    taken INTEGER NOT NULL, fee INTEGER NOT NULL, lost INTEGER, evidence TEXT, url TEXT NOT NULL,
    created_at REAL NOT NULL, PRIMARY KEY (merchant_id, dispute_no)) STRICT;
CREATE TABLE IF NOT EXISTS stripe_setups (
    session_id TEXT PRIMARY KEY, account_id TEXT NOT NULL, reference TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'complete', 'expired', 'detached')), request TEXT NOT NULL,
    return_url TEXT NOT NULL, owner TEXT NOT NULL, method TEXT NOT NULL UNIQUE, created_at REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS stripe_intents (trade_no TEXT PRIMARY KEY, request TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS wechat_merchants (
    mchid TEXT PRIMARY KEY, appid TEXT NOT NULL, api_v3_key TEXT NOT NULL, merchant_serial TEXT NOT NULL,
    merchant_public_key TEXT NOT NULL, platform_serial TEXT NOT NULL, platform_private_key TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS wechat_certificates (
    serial TEXT PRIMARY KEY, mchid TEXT NOT NULL, private_key TEXT NOT NULL, certificate TEXT NOT NULL,
    begins_at REAL NOT NULL, ends_at REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS bill_files (
    token TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, content BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS stripe_accounts (
    account_id TEXT PRIMARY KEY, secret_key TEXT NOT NULL UNIQUE, webhook_url TEXT NOT NULL,
    webhook_secret TEXT NOT NULL, previous_webhook_secret TEXT) STRICT;
CREATE TABLE IF NOT EXISTS stripe_sessions (
    session_id TEXT PRIMARY KEY, trade_no TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL, request TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS stripe_sessions_of_account ON stripe_sessions (account_id);
CREATE TABLE IF NOT EXISTS stripe_refunds (refund_no TEXT PRIMARY KEY, metadata TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS stripe_payouts (payout_no TEXT PRIMARY KEY, about TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS stripe_replays (
    account_id TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, response BLOB NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (account_id, key)) STRICT;
CREATE TABLE IF NOT EXISTS participants (
    system TEXT PRIMARY KEY, secret TEXT NOT NULL, capacity INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS seats (
    system TEXT NOT NULL, reservation_id TEXT NOT NULL, quantity INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('held', 'confirmed', 'cancelled')), tries INTEGER NOT NULL DEFAULT 0,
    expires_at TEXT, confirms INTEGER NOT NULL DEFAULT 0, cancels INTEGER NOT NULL DEFAULT 0,
    UNIQUE (system, reservation_id)) STRICT;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""
TABLES = (
    *("participants", "seats"),
    *("calls", "notices", "refunds", "payouts", "payments", "closed_numbers", "scripts", "merchants", "settings"),
    *("stripe_accounts", "stripe_sessions", "stripe_refunds", "stripe_payouts", "stripe_replays"),
    *("alipay_apps", "alipay_codes", "wechat_merchants", "wechat_certificates", "bill_files", "alipay_agreements"),
    *("alipay_certificates", "alipay_gateways", "contracts", "stripe_setups", "stripe_intents"),
    "disputes",
)


class Store:
    """Hands out transactions one by one, and wakes whoever waits for the next change.

    Every statement here takes microseconds, so a single connection under a lock is quicker than
    several that would wait for SQLite's own lock, and nothing is ever "busy".
    """

    def __init__(self, path: str) -> None:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        for statement in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000"):
            self._connection.execute(f"PRAGMA {statement}")
        self._connection.executescript(SCHEMA)
        if "means" not in [row["name"] for row in self._connection.execute("PRAGMA table_info(payments)")]:
            self._connection.execute("ALTER TABLE payments ADD COLUMN means TEXT")  # the file is an older one
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self._version = 0

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """One transaction: committed at the end, rolled back on any exception. Do not nest."""
        with self._lock:
            before = self._connection.total_changes
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
            is_changed = self._connection.total_changes != before
        if is_changed:
            self.wake()

    @property
    def version(self) -> int:
        """Grows with every change; hand it to `wait_for_change`."""
        return self._version

    def wake(self) -> None:
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def wait_for_change(self, seen: int, *, timeout_s: float) -> None:
        """Returns when something changed after `seen`, or after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != seen, timeout=timeout_s)

    def reset(self) -> None:
        """Forgets everything, merchants and settings included."""
        with self.transaction() as db:
            for table in TABLES:
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the list above

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def insert(db: Database, table: str, values: Mapping[str, object], *, replaces: bool = False) -> None:
    """Adds a row, or puts it in the place of the one with its key. Table and columns are names from our own code."""
    columns, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    verb = "INSERT OR REPLACE" if replaces else "INSERT"
    db.execute(f"{verb} INTO {table} ({columns}) VALUES ({places})", values)


def now() -> float:
    """Seconds since 1970. The company keeps its own time, whatever the merchant's test clock says."""
    return time.time()
