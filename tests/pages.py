"""Somebody who visits pages without JavaScript: follows links, fills in real forms, and lints every page seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests import html


class Page:
    """One page as it was seen."""

    def __init__(self, visitor: Visitor, response: TestResponse, path: str) -> None:
        self.visitor, self.path = visitor, path
        self.status, self.headers, self.source = response.status_code, response.headers, response.text
        self.document, wrong = html.read(self.source)
        self.is_whole = bool(self.document.all("html"))
        if self.is_whole:
            policy = response.headers.get("Content-Security-Policy", "")
            wrong += html.faults(self.document, policy=policy)
        assert not wrong, f"{path} ({self.status}): {wrong}"

    @property
    def heading(self) -> str:
        """What its h1 says."""
        return self.document.all("h1")[0].text

    @property
    def text(self) -> str:
        """All that it says."""
        return self.document.text

    @property
    def links(self) -> list[str]:
        """Addresses of its links, in order."""
        return [each.get("href") for each in self.document.all("a")]

    def link(self, text: str) -> str:
        """The address of the link that says this."""
        found = [each.get("href") for each in self.document.all("a") if each.text == text]
        assert found, f"no link {text!r} on {self.path}"
        return found[0]

    def follow(self, text: str) -> Page:
        """Follow the link that says this."""
        return self.visitor.get(self.link(text))

    def form(self, action: str) -> Form:
        """The form whose address ends like this."""
        found = [each for each in self.document.all("form") if each.get("action").split("?")[0].endswith(action)]
        assert found, f"no form to {action!r} on {self.path}"
        return Form(self, found[0])

    def has_form(self, action: str) -> bool:
        """Whether there is a form whose address ends like this."""
        return any(each.get("action").split("?")[0].endswith(action) for each in self.document.all("form"))


@dataclass
class Form:
    """A form of a page."""

    page: Page
    element: html.Element

    def values(self) -> dict[str, str]:
        """What a browser would send if nothing were typed."""
        sent: dict[str, str] = {}
        for each in self.element.walk():
            name, kind = each.get("name"), each.get("type")
            if not name or each.tag not in html.LABELLED:
                continue
            if kind in ("radio", "checkbox"):
                if "checked" in each.attributes:
                    sent[name] = each.get("value") or "on"
            elif each.tag == "select":
                options = each.all("option")
                chosen = [option for option in options if "selected" in option.attributes] or options[:1]
                sent[name] = chosen[0].get("value") if chosen else ""
            else:
                sent[name] = _typed(each) if each.tag == "textarea" else each.get("value")
        return sent

    def send(self, **typed: str | None) -> Page:
        """Send it with these values (None leaves one out); where that led."""
        values = {name: value for name, value in {**self.values(), **typed}.items() if value is not None}
        if self.element.get("method").lower() == "post":
            headers = {"Referer": f"http://localhost{self.page.path}"}
            return self.page.visitor.post(self.element.get("action"), values, headers=headers)
        return self.page.visitor.get(self.element.get("action"), query=values)

    def download(self) -> str:
        """Send it with what it holds; the file that comes back, as text."""
        return self.download_bytes().decode()

    def download_bytes(self) -> bytes:
        """The same; the file as it is."""
        response = self.page.visitor.client.post(self.element.get("action"), data=self.values())
        assert response.headers["Content-Disposition"].startswith("attachment"), response.text
        return response.data

    def press(self, text: str) -> Page:
        """Send it with its button that says `text`, to where that button leads."""
        [button] = [each for each in self.element.all("button") if text in each.text]
        return self.page.visitor.post(button.get("formaction") or self.element.get("action"), self.values())


class Visitor:
    """A browser without JavaScript."""

    def __init__(self, app: Flask, *, address: str = "127.0.0.1") -> None:
        self.client = app.test_client()
        self.address = address
        self.known_as = ("", "")

    def get(self, path: str, *, query: Mapping[str, str] | None = None, headers: Any = None) -> Page:
        """Open a page and go wherever it sends us."""
        return self._seen(self._request("GET", path, query_string=query, headers=headers), path)

    def post(self, path: str, values: Mapping[str, str], *, headers: Any = None) -> Page:
        """Send a form and go wherever that leads."""
        return self._seen(self._request("POST", path, data=values, headers=headers), path)

    def fragment(self, path: str, target: str) -> Page:
        """What htmx gets for an element."""
        return self.get(path, headers={"HX-Request": "true", "HX-Target": f"section#{target}"})

    def log_in(self, email: str, password: str) -> Page:
        """Sign in to the portal."""
        self.known_as = (email, password)
        return self.get("/portal/login").form("/portal/login").send(email=email, password=password)

    def log_in_again(self) -> Page:
        """Sign in as before: after some time on the clock one is signed out."""
        return self.log_in(*self.known_as)

    def _request(self, method: str, path: str, **options: Any) -> TestResponse:
        environ = {"REMOTE_ADDR": self.address}
        return self.client.open(path, method=method, environ_overrides=environ, **options)

    def _seen(self, response: TestResponse, path: str) -> Page:
        for _ in range(5):
            if response.status_code not in (301, 302, 303, 307, 308):
                return Page(self, response, path)
            path = response.headers["Location"]
            response = self._request("GET", path)
        raise AssertionError(f"{path} goes round in circles")


def _typed(textarea: html.Element) -> str:
    """What stands in it, with its lines; the line break that its tag begins with is no part of it."""
    return "".join(textarea.texts).replace("\r\n", "\n").removeprefix("\n")
