"""Agreements: the texts that buyers accept, in their languages and versions, and who is asked."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, ProductId, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.read.checkout import agreements
from app.read.checkout.agreement_rows import VersionHead
from app.workflow.checkout import manage_agreements
from app.workflow.checkout.manage_agreements import AgreementCommand

Code = Annotated[
    str,
    Field(
        pattern="^[a-z0-9][a-z0-9_-]{0,39}$",
        description="Identifier for programs. Cannot be changed.",
        examples=["terms"],
    ),
]
TextLocale = Annotated[
    str,
    StringConstraints(pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$", max_length=20),
    Field(description="The language, such as en, zh-Hans or pt-BR.", examples=["en"]),
]
RequiredFor = Annotated[
    list[ProductId],
    Field(
        max_length=manage_agreements.MAX_PRODUCTS,
        description="Required only for buyers of these products; empty: every buyer.",
    ),
]
Name = Annotated[ShortText, Field(description="Visible to your team only.")]
Enabled = Annotated[bool, Field(description="Whether acceptance is required once a version is published.")]


class AgreementRequest(Shape):
    """An agreement to be made."""

    code: Code
    name: Name
    product_ids: RequiredFor = []
    enabled: Enabled = True


class AgreementChange(Shape):
    """What shall be different; what is not named stays. Its texts stay what they are."""

    name: Name | None = None
    product_ids: RequiredFor | None = None
    enabled: Enabled | None = None


class CurrentVersion(Answer):
    """The version that buyers are asked for in one language."""

    id: str
    locale: str
    version: int
    title: str
    hash: Annotated[str, Field(description="SHA-256 over title, line feed and text, in hex.")]
    published_at: Moment
    published_by: str


class OpenDraft(Answer):
    """What is being written in one language."""

    locale: str
    title: str
    saved: Annotated[int, Field(description="How often it was saved. Pass it as `seen` with the next change.")]
    edited_at: Moment
    edited_by: str


class Agreement(Answer):
    """A text through its languages and versions."""

    id: str
    code: str
    name: str
    enabled: bool
    required_for: Annotated[Literal["everybody", "products"], Field(description="Who has to accept it.")]
    product_ids: list[str]
    current: Annotated[list[CurrentVersion], Field(description="One per language, by locale.")]
    drafts: Annotated[list[OpenDraft], Field(description="One per changed language, by locale.")]
    created_at: Moment


class AgreementVersion(Answer):
    """One published version, without its text. It never changes."""

    id: str
    agreement_id: str
    locale: str
    version: int
    title: str
    hash: Annotated[str, Field(description="SHA-256 over title, line feed and text, in hex.")]
    current: Annotated[bool, Field(description="Whether buyers must accept it.")]
    published_at: Moment
    published_by: str


class AgreementText(AgreementVersion):
    """One published version with its text."""

    body: str
    accepted: Annotated[
        int, Field(description=f"Number of orders it was accepted with, counted up to {agreements.COUNTED}.")
    ]


@v1.get("/agreements", query=ListQuery, answer=Page[Agreement], permission="agreements.read", tag="Agreements")
def list_agreements(caller: KeyCaller, query: ListQuery) -> Page[Agreement]:
    """List agreements.

    Newest first, with what counts now.
    """
    found = agreements.list_pages(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_agreement, key=lambda each: (each.row.created_at, each.row.id))


@v1.post(
    "/agreements",
    body=AgreementRequest,
    answer=Agreement,
    status=201,
    permission="agreements.write",
    idempotent=True,
    tag="Agreements",
    errors=("invalid_agreement", "code_taken", "not_found"),
)
def create_agreement(caller: KeyCaller, body: AgreementRequest, claim_id: UUID) -> Callable[[], Agreement]:
    """Make an agreement.

    It has no text yet: write a draft and publish it. Nobody is asked before.
    """
    command = _command(body.name, body.product_ids, is_enabled=body.enabled)
    manage_agreements.create_agreement(caller.business_id, code=body.code, command=command, template_id=claim_id)
    return lambda: agreement_of(caller, claim_id)


@v1.get("/agreements/{agreement_id}", answer=Agreement, permission="agreements.read", tag="Agreements")
def get_agreement(caller: KeyCaller, agreement_id: str) -> Agreement:
    """Get an agreement."""
    return agreement_of(caller, parse("agt", agreement_id))


@v1.patch(
    "/agreements/{agreement_id}",
    body=AgreementChange,
    answer=Agreement,
    permission="agreements.write",
    tag="Agreements",
    errors=("invalid_agreement", "terms_needed"),
)
def change_agreement(caller: KeyCaller, agreement_id: str, body: AgreementChange) -> Agreement:
    """Change who is asked for an agreement.

    With `enabled: false` nobody is any more; what was accepted stays as it was.
    """
    template_id = parse("agt", agreement_id)
    now = agreements.template_page(caller.business_id, template_id)
    command = _command(
        now.row.name if body.name is None else body.name,
        [show("prd", each.id) for each in now.products] if body.product_ids is None else body.product_ids,
        is_enabled=now.row.enabled if body.enabled is None else body.enabled,
    )
    manage_agreements.change_agreement(caller.business_id, template_id, command)
    return agreement_of(caller, template_id)


@v1.get(
    "/agreements/{agreement_id}/versions",
    query=ListQuery,
    answer=Page[AgreementVersion],
    permission="agreements.read",
    tag="Agreements",
)
def list_agreement_versions(caller: KeyCaller, agreement_id: str, query: ListQuery) -> Page[AgreementVersion]:
    """List the versions of an agreement.

    In all languages, newest first.
    """
    template_id = parse("agt", agreement_id)
    found = agreements.list_versions(caller.business_id, template_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_version, key=lambda row: (row.created_at, row.id))


@v1.get(
    "/agreements/{agreement_id}/versions/{version_id}",
    answer=AgreementText,
    permission="agreements.read",
    tag="Agreements",
)
def get_agreement_version(caller: KeyCaller, agreement_id: str, version_id: str) -> AgreementText:
    """Get a version of an agreement, with its text."""
    return text_of(caller, parse("agt", agreement_id), parse("agr", version_id))


def text_of(caller: KeyCaller, template_id: UUID, version_id: UUID) -> AgreementText:
    """A version as the API shows it."""
    found = agreements.version_page(caller.business_id, template_id, version_id)
    return AgreementText(**vars(_version(found.row)), body=found.row.body, accepted=found.accepted)


def agreement_of(caller: KeyCaller, template_id: UUID) -> Agreement:
    """The agreement as it is now."""
    return _agreement(agreements.template_page(caller.business_id, template_id))


def _command(name: str, product_ids: list[str], *, is_enabled: bool) -> AgreementCommand:
    ids = [parse("prd", each) for each in product_ids]
    return AgreementCommand(name=name, product_ids=ids, only_products=bool(ids), enabled=is_enabled)


def _agreement(found: agreements.TemplatePage) -> Agreement:
    row = found.row
    current, drafts = [each.current for each in found.languages], [each.draft for each in found.languages]
    return Agreement(
        id=show("agt", row.id),
        code=row.code,
        name=row.name,
        enabled=row.enabled,
        required_for="products" if row.applies_to == "products" else "everybody",
        product_ids=[show("prd", each.id) for each in found.products],
        current=[_current(each) for each in current if each is not None],
        drafts=[_draft(each) for each in drafts if each is not None],
        created_at=moment_text(row.created_at),
    )


def _version(row: VersionHead | agreements.WholeVersion) -> AgreementVersion:
    return AgreementVersion(**vars(_current(row)), agreement_id=show("agt", row.template_id), current=row.current)


def _current(row: VersionHead | agreements.WholeVersion) -> CurrentVersion:
    return CurrentVersion(
        id=show("agr", row.id),
        locale=row.locale,
        version=row.revision,
        title=row.title,
        hash=row.text_hash,
        published_at=moment_text(row.created_at),
        published_by=row.published_by,
    )


def _draft(row: agreements.DraftRow) -> OpenDraft:
    return OpenDraft(
        locale=row.locale,
        title=row.title,
        saved=row.version,
        edited_at=moment_text(row.edited_at),
        edited_by=row.edited_by,
    )
