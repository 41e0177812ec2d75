"""The environment of an application under test."""

from __future__ import annotations

import base64
import hashlib
import os


def fixed() -> dict[str, str]:
    """Settings that never change between runs; no secret in them is used anywhere else."""
    return {
        "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopq",
        "ENCRYPTION_KEY": base64.b64encode(hashlib.sha256(b"only for tests").digest()).decode(),
        "METRICS_TOKEN": "only-for-tests-metrics",
        "TEST_CLOCK": "1",
        "ARGON2_CHEAP": "1",
        "CHECK_LOCK_ORDER": "1",
        "CHANNEL_CONCURRENCY": "64",
        "LOG_LEVEL": "info",
        # The merchant's own systems run beside it.
        "PRIVATE_ADDRESSES": "1",
        # Companies are played by processes of this machine, wherever they find a free port.
        "CHANNEL_HOSTS": "*/test=http://127.0.0.1:*",
        # All buyers of all tests share one address.
        "PAYMENTS_PER_ADDRESS": "1000000",
        # Floods of requests are everyday here: of a key and, as that follows it, of each scenario of a business.
        "API_RATE_PER_S": "20000",
        "PYTHONUNBUFFERED": "1",
        # Nothing listens there: what the company sends to an application without a server is lost, as tests expect.
        "PUBLIC_URL": "http://127.0.0.1:9",
        "SIMULATOR_URL": "",
        "SHOP_URL": "",
    }


def inherited() -> dict[str, str]:
    """What a process needs of our own environment: where programs are, and nothing that configures Bursar."""
    names = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "SSL_CERT_FILE", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in names if name in os.environ}
