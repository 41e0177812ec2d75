"""The ASGI application around the WSGI one: a request takes a thread only when it is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextvars import Context
from functools import partial
from io import BytesIO
from typing import Any

from app.core.web.client_address import client_address
from app.front import answers, limits, refusals
from app.front.answers import Answer, Application
from app.front.bodies import Bodies, Gone
from app.front.connections import Connections
from app.front.limits import Pool
from app.front.refusals import BUSY, BUSY_BEFORE_BODY, Refusal, Refused
from app.front.streams import Streams
from app.front.thread_pools import NoThread, ThreadPools
from app.front.turns import asker
from app.lib.networks import Network, neighbourhood

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Front:
    """Serves a WSGI application by ASGI. `trusted` are the proxies whose word about a client is taken; `admits` tells,
    in a thread and by the head of a request, whether a large body is taken from whoever sends it."""

    def __init__(
        self,
        application: Application,
        *,
        public_url: str,
        trusted: Sequence[Network],
        admits: Callable[[dict[str, Any]], bool],
    ) -> None:
        self._application = application
        self._admits = admits
        self._public_url = public_url
        self._trusted = tuple(trusted)
        self.bodies = Bodies()
        self._pools = ThreadPools()
        self._stopping = asyncio.Event()
        self._streams = Streams(self._stopping)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the server's life."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answered(scope, receive)
            if answer.rest is not None:
                await self._streams.send(answer, self._client(scope), receive, send)
                return
        except Refused as refused:
            answer = self._refusal(refused.refusal, scope)
        except NoThread:
            answer = self._refusal(BUSY, scope)
        except Gone:
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answered(self, scope: Message, receive: Receive) -> Answer:
        method, path, client = scope["method"], scope["path"], self._client(scope)
        body = await self.bodies.whole(
            receive,
            client=client,
            declared=_declared(scope["headers"]),
            most=limits.most_bytes(method, path),
            admits=partial(self._admitted, scope),
        )
        with body:
            environ = answers.environ(scope, body.file, body.length)
            work = partial(answers.run, self._application, environ)
            who = asker(client, scope["headers"], scope["raw_path"])
            return await self._pools.run(limits.pool_of(method, path), work, who=who)

    async def _admitted(self, scope: Message) -> bool:
        environ = answers.environ(scope, BytesIO(), 0)
        try:
            who = asker(self._client(scope), scope["headers"], scope["raw_path"])
            return await self._pools.run(Pool.GENERAL, partial(Context().run, self._admits, environ), who=who)
        except Exception as error:  # nobody can be asked just now: the answer is not no, and not yes
            raise Refused(BUSY_BEFORE_BODY) from error

    def _refusal(self, refusal: Refusal, scope: Message) -> Answer:
        return Answer(*refusals.written(refusal, path=scope["path"], public_url=self._public_url))

    def _client(self, scope: Message) -> str:
        peer = (scope.get("client") or ("", 0))[0]
        forwarded = ""
        if self._trusted:
            forwarded = ",".join(v.decode("latin-1") for n, v in scope["headers"] if n == b"x-forwarded-for")
        return neighbourhood(client_address(peer, forwarded, self._trusted))

    async def _live(self, scope: Message, receive: Receive, send: Send) -> None:
        connections = Connections(public_url=self._public_url, trusted=self._trusted, stopping=self._stopping)
        scope["state"]["connections"] = connections
        watching = asyncio.create_task(connections.watch())
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                watching.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _declared(headers: list[tuple[bytes, bytes]]) -> int | None:
    """The body's length by its head: None when only its end will tell. The server refuses what is neither."""
    length = 0
    for name, value in headers:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            length = int(value)
    return length
