"""`flask webhooks listen`: follow /v1/events and pass each event on to a laptop, signed as a webhook is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from app.core import clock
from app.core.http import outbound
from app.core.http.merchant_call import sign
from app.core.ids import first_at, show
from app.lib.destinations import Destinations

TIMEOUT_S = 15.0
# Both ends are named at the command line, by whoever may call them without us.
ANYWHERE = Destinations("own", None, is_near=True)
PAUSE_S = 1.0


class ListenFailed(Exception):
    """Bursar does not let us listen; the message says why."""


def now() -> str:
    """What to follow from to hear of what happens from now on: as an event's id would be that was made now."""
    return show("evt", first_at(clock.actual()))


@dataclass(frozen=True)
class Listener:
    """Where events come from, with which key, where they go to, and what they are signed with there."""

    url: str
    key: str
    forward_to: str
    secret: str
    types: tuple[str, ...] = ()

    def follow(self, last: str, *, sleep: Callable[[float], None] = time.sleep) -> Iterator[tuple[str, str]]:
        """Pass on what comes after the event `last`, for ever; what each event was and how it was taken.

        Raises:
            ListenFailed: the key is refused, or nobody answers.
        """
        while True:
            page = self._page(last)
            for event in page["data"]:
                if self._is_wanted(event["type"]):
                    yield event["type"], self._pass_on(event)
            last = page["next_cursor"] or last
            if not page["has_more"]:
                sleep(PAUSE_S)

    def _page(self, after: str) -> dict[str, Any]:
        url = f"{self.url}/v1/events?limit=100&after={after}"
        try:
            headers = {"Authorization": f"Bearer {self.key}"}
            answer = outbound("GET", url, headers=headers, timeout_s=TIMEOUT_S, to=ANYWHERE)
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ListenFailed(f"{self.url} does not answer: {error}") from error
        if answer.status_code != 200:
            raise ListenFailed(str(body.get("detail", answer.status_code)))
        return dict(body)

    def _is_wanted(self, topic: str) -> bool:
        names = {topic, f"{topic.partition('.')[0]}.*", "*"}
        return not self.types or bool(names & set(self.types))

    def _pass_on(self, event: dict[str, Any]) -> str:
        content = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
        headers = {**sign(self.secret, event["id"], content), "Content-Type": "application/json"}
        try:
            about: dict[str, Any] = {"content": content, "headers": headers, "timeout_s": TIMEOUT_S}
            answer = outbound("POST", self.forward_to, to=ANYWHERE, **about)
        except httpx.HTTPError as error:
            return f"not taken: {error}"
        return str(answer.status_code)
