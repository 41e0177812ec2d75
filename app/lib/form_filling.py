"""Putting values back into a form of a page, as its browser had sent them; the HTML around them stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

Fields = Sequence[tuple[str, str]]
# What a browser does not let a page fill in, or what the page has made for this very form.
_KEPT_TYPES = frozenset({"file", "password", "submit", "button", "image", "reset"})
_KEPT_NAMES = frozenset({"csrf_token"})


@dataclass(frozen=True)
class FilledPage:
    """The page with the values in its form, and the fields for which the form had no place."""

    html: str
    left: Fields


@dataclass
class _Form:
    """A form of the page: its id, its address, and the names of its controls."""

    id: str
    action: str
    names: set[str] = field(default_factory=set)


@dataclass
class _Control:
    """A start tag, or the inside of a textarea, that stands in the page from `begin` to `end`."""

    begin: int
    end: int
    tag: str
    attributes: dict[str, str | None]
    form: _Form | None
    owner: str = ""  # the id of the form that it names itself
    select: _Control | None = None  # of an option
    text: str = ""  # of an option or textarea


class _Reader(HTMLParser):
    """Finds forms and their controls, with their places in the text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self._lines = [0]
        for line in page.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.forms: list[_Form] = []
        self.controls: list[_Control] = []
        self._form: _Form | None = None
        self._open: _Control | None = None  # the textarea or option whose text is read
        self._select: _Control | None = None
        self.feed(page)
        self.close()

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            is_post = (attributes.get("method") or "").lower() == "post"
            self._form = _Form(attributes.get("id") or "", (attributes.get("action") or "") if is_post else "\0")
            self.forms.append(self._form)
        if tag not in ("input", "select", "option", "textarea", "button"):
            return
        begin, raw = self._here(), self.get_starttag_text() or ""
        made = _Control(begin, begin + len(raw), tag, attributes, self._form, attributes.get("form") or "")
        if tag == "select":
            self._select = made
        elif tag == "option":
            made.select = self._select
        if tag == "textarea":
            made.begin = made.end  # its inside
        self._open = made if tag in ("option", "textarea") else self._open
        self.controls.append(made)

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        if self._open is not None and self._open.tag == tag:
            if tag == "textarea":
                self._open.end = self._here()
            self._open = None


def fill(page: str, action: str, fields: Fields) -> FilledPage | None:
    """The page with `fields` (names and values, a name as often as it was sent) in the form that is sent to `action`, a
    path with its query; of several such forms in the one that has most of their names. None: it has no such form."""
    read = _Reader(page)
    by_id = {form.id: form for form in read.forms if form.id}
    for control in read.controls:
        control.form = by_id.get(control.owner, control.form) if control.owner else control.form
        if control.form is not None:
            control.form.names.add(control.attributes.get("name") or "")
    wanted = {name for name, _ in fields}
    fitting = [form for form in read.forms if form.action == action]
    if not fitting:
        return None
    form = max(fitting, key=lambda each: len(wanted & each.names))
    return _filled(page, [control for control in read.controls if control.form is form], fields)


def _filled(page: str, controls: Sequence[_Control], fields: Fields) -> FilledPage:
    left = [(name, value) for name, value in fields if name not in _KEPT_NAMES]
    pieces, done = [], 0
    for control in controls:
        new = _filled_in(control, left)
        if new is not None:
            pieces += [page[done : control.begin], new]
            done = control.end
    pressed = {control.attributes.get("name") for control in controls if control.tag == "button"}
    return FilledPage("".join([*pieces, page[done:]]), [each for each in left if each[0] not in pressed])


def _filled_in(control: _Control, left: list[tuple[str, str]]) -> str | None:
    """What stands in the place of the control; what it took is no longer among `left`. None: it stays."""
    attributes = control.attributes
    if control.tag == "option":
        select = control.select
        value = attributes.get("value")
        own = (select.attributes.get("name") or "" if select else "", control.text.strip() if value is None else value)
        return _tag(control, "selected", None if _taken(left, own) else ...)
    name = attributes.get("name") or ""
    if not name or name in _KEPT_NAMES or control.tag in ("select", "button"):
        return None
    kind = (attributes.get("type") or "text").lower()
    if kind in _KEPT_TYPES:
        return None
    if kind in ("radio", "checkbox"):
        return _tag(control, "checked", None if _taken(left, (name, attributes.get("value") or "on")) else ...)
    found = next((each for each in left if each[0] == name), None)
    if found is None:
        return None
    left.remove(found)
    # A first line break inside of a textarea is not part of its value.
    return f"\n{escape(found[1])}" if control.tag == "textarea" else _tag(control, "value", found[1])


def _taken(left: list[tuple[str, str]], own: tuple[str, str]) -> bool:
    if own not in left:
        return False
    left.remove(own)
    return True


def _tag(control: _Control, name: str, value: object) -> str:
    """The start tag with this attribute: a text, None for one without a value, `...` for none at all."""
    attributes = {each: text for each, text in control.attributes.items() if each != name}
    if value is not ...:
        attributes[name] = None if value is None else str(value)
    written = [each if text is None else f'{each}="{escape(text)}"' for each, text in attributes.items()]
    return f"<{' '.join([control.tag, *written])}>"
