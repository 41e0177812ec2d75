"""Nobody goes out but by `core.http`, where every destination is checked; what else opens connections is listed."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tests.meta import source

pytestmark = source.ON_ONE_WORKER

# Modules that open connections, or make clients that do.
OPENERS = {
    "aiohttp", "asyncio", "ftplib", "http.client", "httpcore", "httpx", "imaplib", "nntplib", "poplib", "requests",
    "smtplib", "socket", "socketserver", "ssl", "stripe", "telnetlib", "urllib.request", "urllib3", "websockets",
    "xmlrpc.client", "alipay", "wechatpayv3", "subprocess", "fsspec",
}  # fmt: skip
# Who may all the same, and why.
REASONS = {
    ("app/core/http/pinned_transport.py", "httpcore"): "the guard itself: it looks at every address before it connects",
    ("app/core/http/addresses.py", "socket"): "asks for the addresses of names, for the guard",
    ("app/core/mail.py", "smtplib"): "the mail server is the operator's, from MAIL_URL",
    ("app/core/mail.py", "ssl"): "the mail server is the operator's, from MAIL_URL",
    ("app/workflow/notifications/send_mail.py", "smtplib"): "its errors",
    ("app/workflow/notifications/send_user_mail.py", "smtplib"): "its errors",
    ("app/core/files/store.py", "fsspec"): "the store of files is the operator's, from FILES_URL",
    (
        "app/domain/payments/channels/stripe/library.py",
        "stripe",
    ): "the library sends through StripeHttpClient, which is core.http",
    **{
        (f"app/front/{name}.py", "asyncio"): "waits for those who come in"
        for name in ("bodies", "connections", "front", "thread_pools", "streams")
    },
    ("app/front/__main__.py", "socket"): "listens",
    (
        "app/core/files/isolated.py",
        "subprocess",
    ): "starts the process that reads one file from outside, and calls nobody",
    ("app/cli/backups.py", "subprocess"): "starts flask commands of its own for another database of the operator's",
}
# httpx is imported for its answers and errors; nobody makes a client of it, and what calls is made in one place.
CLIENT_MAKERS = {"Client", "AsyncClient", "HTTPTransport", "get", "post", "put", "patch", "delete", "head", "options",
                 "request", "stream"}  # fmt: skip


def test_connections_are_opened_where_they_are_guarded() -> None:
    found = {
        (file.path, name)
        for file in source.python("app")
        if not file.path.startswith("sandbox/simulator/")  # it plays the world outside
        for name in _imported(file.nodes)
        if name in OPENERS - {"httpx"}
    }

    assert found - set(REASONS) == set()
    assert set(REASONS) - found == set()


def test_only_core_http_makes_clients() -> None:
    found = {
        file.path
        for file in source.python("app")
        if not file.path.startswith("sandbox/simulator/")
        for node in file.nodes
        if (isinstance(node, ast.Attribute) and node.attr in CLIENT_MAKERS and source.dotted(node.value) == "httpx")
        or (isinstance(node, ast.ImportFrom) and node.module == "httpx")
    }

    wires = {
        file.path
        for file in source.python("app")
        for node in file.nodes
        if isinstance(node, ast.ImportFrom) and any(name.name == "Wire" for name in node.names)
    }

    assert found == set()
    assert wires == {"app/core/http/__init__.py"}


def test_the_library_of_stripe_sends_by_us_only() -> None:
    [client] = [file for file in source.python("app") if file.path.endswith("stripe/library.py")]

    made = [node for node in client.nodes if isinstance(node, ast.Call) and "StripeClient" in ast.unparse(node.func)]

    assert [ast.unparse(each.value) for node in made for each in node.keywords if each.arg == "http_client"] == ["self"]


def _imported(nodes: Iterable[ast.AST]) -> set[str]:
    """The names of all modules that are imported anywhere in the file, and of what they lie in."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    roots = {name.partition(".")[0] for name in names} - {"app"}
    return names | roots
