"""Drives a Firefox by its own remote protocol (Marionette): a length, a colon and JSON over a socket."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops import child
from ops.firefox import Firefox
from ops.testing import ports

LIMIT_S = 60
SPACE, ENTER = " ", "\ue007"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# Of what can be seen, what matches and says so, or `null`.
LOOK = """
  const says = (one) => new RegExp(arguments[1]).test(one.textContent + (one.ariaLabel ?? ''));
  return [...document.querySelectorAll(arguments[0])].find((one) => one.checkVisibility() && says(one)) ?? null;
"""


class Marionette:
    """One window of a running Firefox."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.rest = b""
        self.number = 0
        self._read()
        self("WebDriver:NewSession", capabilities={})

    def __call__(self, command: str, **parameters: Any) -> Any:
        self.number += 1
        body = json.dumps([0, self.number, command, parameters]).encode()
        self.socket.sendall(b"%d:%b" % (len(body), body))
        _, _, error, result = self._read()
        assert error is None, f"{command}: {error}"
        return result

    def open(self, url: str) -> None:
        self("WebDriver:Navigate", url=url)

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script of the page answers."""
        return self("WebDriver:ExecuteScript", script=script, args=list(arguments))["value"]

    def see(self, selector: str, text: str = "") -> dict[str, str]:
        """Wait for something that can be seen, matches and says this; it."""
        found: list[dict[str, str]] = []

        def is_there() -> bool:
            element = self.run(LOOK, selector, text)
            found[:] = [element] if element else []
            return bool(found)

        child.wait_until(is_there, limit_s=LIMIT_S, pause_s=0.05)
        assert found, f"{selector} with {text!r} is not to be seen at {self.run('return location.href')}"
        return found[0]

    def click(self, selector: str, text: str = "") -> None:
        """Press it, once it is there, as a person would."""
        self("WebDriver:ElementClick", id=self.see(selector, text)[ELEMENT])

    def press(self, selector: str, key: str) -> None:
        """Press a key on it. (Firefox without a window delivers no clicks into the frames of other origins.)"""
        self("WebDriver:ElementSendKeys", id=self.see(selector)[ELEMENT], text=key)

    def enter(self, selector: str) -> None:
        """Go on inside this frame."""
        self("WebDriver:SwitchToFrame", element=self.see(selector)[ELEMENT])

    def leave(self) -> None:
        """Back to the whole page."""
        self("WebDriver:SwitchToFrame", id=None)

    def _read(self) -> Any:
        while b":" not in self.rest:
            self.rest += self.socket.recv(65536)
        length, _, rest = self.rest.partition(b":")
        size = int(length)
        while len(rest) < size:
            rest += self.socket.recv(65536)
        self.rest = rest[size:]
        return json.loads(rest[:size])


@contextmanager
def launched(firefox: Firefox, folder: Path) -> Iterator[Marionette]:
    """A Firefox without a window, with a fresh profile in `folder`, until the block ends."""
    port = ports.free()
    folder.mkdir(parents=True)
    wishes = {"marionette.port": port, "remote.prefs.recommended": True, "intl.accept_languages": "en-US"}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in wishes.items()]
    (folder / "user.js").write_text("\n".join(lines))
    command = [str(firefox.program), "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
    env = {**os.environ, **firefox.env, "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = child.start(command, env=env, cwd=folder, output=log)
    found: list[socket.socket] = []

    def is_there() -> bool:
        # It takes one caller only: whoever gets through stays.
        with contextlib.suppress(OSError):
            found.append(socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S))
        return bool(found) or process.poll() is not None

    try:
        child.wait_until(is_there, limit_s=LIMIT_S, pause_s=0.1)
        assert found, (folder / "log").read_text(errors="replace")[-2000:]
        with found[0]:
            yield Marionette(found[0])
    finally:
        child.kill(process)
