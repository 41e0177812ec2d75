"""What the pages of imports have in common, whatever the files are of."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from flask import Response, flash, request, url_for

from app.core import ids, paging
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.forms import Form
from app.core.web.htmx import page, see_other
from app.read.catalog import imports as read
from app.web.portal.access import actor
from app.web.portal.address import Tab
from app.workflow.catalog import import_products

KINDS = {"": N_("All"), "create": N_("New"), "change": N_("Changed"), "refused": N_("Refused")}


@dataclass(frozen=True)
class ImportSection:
    """A section with imports: its `name`, the `kind` of its files, and the permission to change something by one. Of
    the cells of a new row those named in `hidden` are not shown again."""

    name: str
    kind: str
    permission: str
    hidden: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Where its templates are."""
        return f"portal/catalog/{self.name}"


def index(section: ImportSection, form: Form, *, status: int = 200, **more: Any) -> Response:
    """The list of imports beside the form that sends one."""
    cursor, home = request.args.get("cursor"), f"portal.{section.name}.index"
    found = read.list_imports(actor().business_id, kind=section.kind, after=paging.key_of(cursor))
    runs = found[: read.PAGE]
    last = runs[-1].row if len(found) > read.PAGE else None
    return page(
        f"{section.folder}/index.html",
        status=status,
        section=section,
        form=form,
        runs=runs,
        next_url=url_for(home, cursor=paging.cursor_of(last.created_at, last.id)) if last else "",
        first_url=url_for(home) if cursor else "",
        **more,
    )


def send(section: ImportSection, form: Form, file: IO[bytes], *, with_mail: bool = False) -> Response | None:
    """Take a file in and show its import; None: it was refused, and the form says why."""
    who = actor()
    try:
        import_id = import_products.start_import(
            who.business_id, file, actor=who.name, kind=section.kind, with_mail=with_mail
        )
    except AppError as error:
        form.take_error(error, {"invalid_file": "file"})
        return None
    return back(section, import_id)


def detail(section: ImportSection, import_id: str) -> Response:
    """One import: how far it is, and its rows."""
    business_id, run_id = actor().business_id, ids.parse("imp", import_id)
    kind, behind = request.args.get("kind", ""), request.args.get("behind", "")
    kind, line = kind if kind in KINDS else "", int(behind) if behind.isdecimal() and len(behind) < 9 else 0
    run = read.import_of(business_id, run_id, kind=section.kind)
    rows = read.import_rows(business_id, run_id, kind=kind, behind=line)
    # A fragment is found only in the page that defines it, which the others extend.
    folder = "portal/catalog/imports" if "HX-Request" in request.headers else section.folder
    return page(
        f"{folder}/detail.html",
        {"import": "import", "row-list": "list"},
        section=section,
        run=run,
        kind=kind,
        tabs=[Tab(title, _url(section, import_id, key), key == kind) for key, title in KINDS.items()],
        rows=rows[: read.PAGE],
        next_url=_url(section, import_id, kind, rows[read.PAGE - 1].line) if len(rows) > read.PAGE else "",
        first_url=_url(section, import_id, kind) if line else "",
    )


def apply(section: ImportSection, import_id: str) -> Response:
    """Apply an import that was looked through."""
    return _move(section, import_id, import_products.apply, N_("Started. You can leave this page."))


def discard(section: ImportSection, import_id: str) -> Response:
    """Discard an import."""
    return _move(section, import_id, import_products.discard, N_("Discarded. Nothing was changed."))


def back(section: ImportSection, import_id: uuid.UUID) -> Response:
    """To the page of an import."""
    return see_other(url_for(f"portal.{section.name}.detail", import_id=ids.show("imp", import_id)))


def _url(section: ImportSection, import_id: str, kind: str, behind: int = 0) -> str:
    return url_for(f"portal.{section.name}.detail", import_id=import_id, kind=kind or None, behind=behind or None)


def _move(section: ImportSection, import_id: str, move: Callable[..., None], message: str) -> Response:
    who, run_id = actor(), ids.parse("imp", import_id)
    try:
        move(who.business_id, run_id, actor=who.name, kind=section.kind)
        flash(message, "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return back(section, run_id)
