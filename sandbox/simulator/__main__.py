"""`python -m sandbox.simulator`: serves on SIMULATOR_PORT (0 for any) with its data in SIMULATOR_DATA.

Prints one line when it answers. SIGTERM and SIGINT let calls and notices under way finish first.
"""

import logging
import os
import signal
import socket
import sys
import threading
from types import FrameType
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from sandbox.simulator.sender import Sender
from sandbox.simulator.server import create_app
from sandbox.simulator.store import Store


class Server(ThreadedWSGIServer):
    """One thread a call; stopping waits for them."""

    daemon_threads = False
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(WSGIRequestHandler):
    """Keeps quiet: the dashboard page is the log. Gives up on callers who never send."""

    timeout = 30

    def log_request(self, *_: object) -> None:
        pass

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)


def main() -> None:
    """Runs until told to stop."""
    logging.basicConfig(level=logging.WARNING)
    store, stopping = Store(os.environ.get("SIMULATOR_DATA", "var/simulator.sqlite3")), threading.Event()
    app = create_app(store, stopping=stopping, public_url=os.environ.get("SIMULATOR_PUBLIC_URL", ""))
    host = os.environ.get("SIMULATOR_HOST", "127.0.0.1")
    server = Server(host, int(os.environ.get("SIMULATOR_PORT", "8002")), app, handler=Handler)
    sender = Sender(store)

    def stop(_: int, __: FrameType | None) -> None:
        stopping.set()
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sender.start()
    sys.stdout.write(f"Pretend Pay ready on http://{host}:{server.port}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    sender.stop()
    store.close()


if __name__ == "__main__":
    main()
