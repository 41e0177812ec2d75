"""Every limit of the front, in one place; and which pool and which size of body a route has."""

from __future__ import annotations

import re
from enum import StrEnum

# Heads
MAX_HEAD_BYTES = 32 * 1024
MAX_HEADERS = 100
HEAD_S = 10.0  # from its first byte, or from the connection when nothing comes
IDLE_S = 75  # between requests; longer than the 60 s that proxies keep theirs, so that they close first
MAX_PIPELINED = 8

# Bodies
SMALL_BODY_BYTES = 256 * 1024 + 1024  # what JSON and forms may have, with room for the application's own refusal
NOTICE_BYTES = 64_000  # payment companies send a few kilobytes; what is accepted is kept whole
FILE_BYTES = 512 * 1024 * 1024
SHEET_BYTES = 20_000_000
PACK_BYTES = 200_000_000  # a sheet with the images that it names
IMAGE_BYTES = 8_000_000
DOCUMENT_BYTES = 10 * 1024 * 1024
REPORT_BYTES = 5_000_000
FORM_BYTES = 256 * 1024  # what may stand beside a file
GRACE_S = 10.0
SLOWEST_BYTES_PER_S = 16 * 1024  # after the grace, on average; a small body has 26 s at the very most
SPARED_BYTES = 16 * 1024  # of each body; every connection may have so much in memory, as orders and notices do
HELD_BYTES = 64 * 1024 * 1024  # beyond that, of bodies that are not whole yet, in memory, by everybody together
# Bodies above SMALL_BODY_BYTES wait on disk, and only those of somebody known.
UPLOADS = 8  # on their way at once
UPLOADS_PER_CLIENT = 3
UPLOADED_BYTES = 2 * FILE_BYTES + 2 * SHEET_BYTES  # of one process on disk, until the application has read them
COPIES = 2  # taking a form apart makes another one of the file
# So much stays free of the disk, or this share of a small one: below that no process takes a large body.
LEFT_BYTES = 1024 * 1024 * 1024
LEFT_SHARE = 0.1
RESERVED_AHEAD_BYTES = 4 * 1024 * 1024  # for a body that does not say how long it will be

# Threads
PATIENCE_S = 3.0  # for a thread; paying waits longer, because trying again costs a buyer more
PAY_PATIENCE_S = 10.0
MAX_WAITING = 256

# Answers
BUFFERED_BYTES = 256 * 1024  # an answer up to this leaves its thread at once
MADE_S = 0.1  # an answer that is made piece by piece and takes longer leaves its pool too, however little it is
STREAM_THREADS = 8  # each is lent for one piece of a long answer
STREAMS = 64
STREAMS_PER_CLIENT = 16
READ_WINDOW_S = 20.0  # a reader takes READ_BYTES in this time, or all there is
READ_BYTES = 16 * 1024

# Connections of one process
MAX_CONNECTIONS = 4096
MAX_WAITING_PER_CLIENT = 256  # that have no whole request with us


class Pool(StrEnum):
    """Whose threads a request may have, the most important first."""

    HEALTH = "health"
    PAY = "pay"
    CHECKOUT = "checkout"
    GENERAL = "general"


# So few because Python runs one thread at a time: more of them only wait for one another.
RESERVED_THREADS = {Pool.HEALTH: 1, Pool.PAY: 4, Pool.CHECKOUT: 3, Pool.GENERAL: 2}
SHARED_THREADS = 6  # for every pool but HEALTH

_PAY = re.compile(
    r"/callbacks/.*|/v1/orders|/v1/orders/[^/]+/pay|/sdk/v1/session/confirm|/c/[^/]+|/v1/checkout/sessions|/sdk/v1/checkouts"
)
_CHECKOUT = ("/sdk/", "/c/", "/f/", "/v1/orders/", "/v1/checkout/sessions/", "/my/", "/static/sdk/")

# The routes that take files; a test holds them against what the application says of itself.
_FILES = (
    (
        re.compile(r"/portal/products/[^/]+/files(/[^/]+)?|/v1/(products|skus)/[^/]+/files|/v1/files/[^/]+/versions"),
        FILE_BYTES,
    ),
    (re.compile(r"/portal/imports|/v1/product-imports"), PACK_BYTES),
    (re.compile(r"/(portal|v1)/(buyer|membership)-imports"), SHEET_BYTES),
    (re.compile(r"/portal/risk/lists/import|/v1/risk/entries/import"), SHEET_BYTES),
    (
        re.compile(r"/portal/products/[^/]+/images|/v1/products/[^/]+/images|/portal/brand/logo|/v1/brand/logo"),
        IMAGE_BYTES,
    ),
    (re.compile(r"/portal/adjustments/[^/]+/attach|/v1/adjustments/[^/]+/document"), DOCUMENT_BYTES),
    (re.compile(r"/portal/payment-orders/bank-report|/v1/bank_reports"), REPORT_BYTES),
)


def pool_of(method: str, path: str) -> Pool:
    """The pool of a request."""
    if path in ("/healthz", "/readyz"):
        return Pool.HEALTH
    if method == "POST" and _PAY.fullmatch(path):
        return Pool.PAY
    return Pool.CHECKOUT if path.startswith(_CHECKOUT) else Pool.GENERAL


def most_bytes(method: str, path: str) -> int:
    """How long the body of a request may be."""
    if path.startswith("/callbacks/"):
        return NOTICE_BYTES
    if method == "POST":
        for route, most in _FILES:
            if route.fullmatch(path):
                return most + FORM_BYTES
    return SMALL_BODY_BYTES


def patience_s(pool: Pool) -> float:
    """How long a request waits for a thread before it is told to come again."""
    return PAY_PATIENCE_S if pool is Pool.PAY else PATIENCE_S
