"""Drafts of agreements: written, looked at, published or thrown away."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import Answer, QueryShape, Shape, ShortText
from app.api.v1.api import KeyCaller, v1
from app.api.v1.checkout.agreement_texts import Agreement, AgreementText, TextLocale, agreement_of, text_of
from app.core.errors import NotFound
from app.core.ids import parse, show
from app.lib.rich_text import html
from app.read.checkout import agreements
from app.workflow.checkout import manage_agreements

_DRAFT_ERRORS = ("invalid_agreement", "draft_changed")
Seen = Annotated[
    int | None,
    Field(
        ge=0,
        le=999_999,
        description="The `saved` value of the draft you read, or 0 if there was none. If the draft was saved "
        "since, the request fails with 409 `draft_changed`. If absent, this is not checked.",
        examples=[0],
    ),
]


class AgreementDraftRequest(Shape):
    """The next text in one language."""

    locale: TextLocale
    title: Annotated[ShortText, Field(description="Shown next to the checkbox.", examples=["Terms of sale"])]
    body: Annotated[
        str,
        Field(
            min_length=1,
            max_length=60_000,
            description="# heading, **bold**, *italic*, - list, 1. list, > quote, [link](https://…). Line breaks "
            "are kept.",
            examples=["# Terms\n\nBe kind."],
        ),
    ]
    seen: Seen = None


class AgreementPublish(Shape):
    """Which draft shall be published."""

    locale: TextLocale
    seen: Annotated[Seen, Field(examples=[1])] = None


class AgreementDiscard(Shape):
    """Which draft shall be thrown away."""

    locale: TextLocale


class AgreementPreviewQuery(QueryShape):
    """In which language."""

    locale: TextLocale


class AgreementPreview(Answer):
    """What an agreement says, or is about to say, in one language."""

    agreement_id: str
    locale: str
    version: Annotated[int, Field(description="The version number; for a draft, its future number.")]
    is_draft: bool
    saved: Annotated[
        int, Field(description="How often the draft was saved. Pass it as `seen` with the next change; 0: no draft.")
    ]
    title: str
    body: str
    html: Annotated[str, Field(description="The text as buyers see it.")]


@v1.get(
    "/agreements/{agreement_id}/preview",
    query=AgreementPreviewQuery,
    answer=AgreementPreview,
    permission="agreements.read",
    tag="Agreements",
)
def preview_agreement(caller: KeyCaller, agreement_id: str, query: AgreementPreviewQuery) -> AgreementPreview:
    """Preview an agreement in one language.

    Its draft; where there is none, its current version. 404 when nothing was written in that language.
    """
    found = agreements.template_page(caller.business_id, parse("agt", agreement_id))
    written = {each.locale.lower(): each.locale for each in found.languages}
    locale = written.get(query.locale.lower(), query.locale)
    text = agreements.text_of(caller.business_id, found, locale)
    if text is None:
        raise NotFound("not_found", "There is no text in this language.")
    known = found.language(locale)
    return AgreementPreview(
        agreement_id=show("agt", found.row.id),
        locale=locale,
        version=known.shown_revision,
        is_draft=known.draft is not None,
        saved=known.draft.version if known.draft else 0,
        title=text.title,
        body=text.body,
        html=str(html(text.body)),
    )


@v1.post(
    "/agreements/{agreement_id}/draft",
    body=AgreementDraftRequest,
    answer=Agreement,
    permission="agreements.write",
    tag="Agreements",
    errors=_DRAFT_ERRORS,
)
def save_agreement_draft(caller: KeyCaller, agreement_id: str, body: AgreementDraftRequest) -> Agreement:
    """Write the draft of one language.

    Buyers are asked for what was published, until this is.
    """
    template_id, text = parse("agt", agreement_id), {"title": body.title, "body": body.body, "actor": caller.actor}
    manage_agreements.save_draft(caller.business_id, template_id, locale=body.locale, seen_version=body.seen, **text)
    return agreement_of(caller, template_id)


@v1.post(
    "/agreements/{agreement_id}/publish",
    body=AgreementPublish,
    answer=AgreementText,
    status=201,
    permission="agreements.write",
    tag="Agreements",
    errors=_DRAFT_ERRORS,
)
def publish_agreement(caller: KeyCaller, agreement_id: str, body: AgreementPublish) -> AgreementText:
    """Publish the draft of one language.

    Buyers are asked for this version from now on. A draft that says what the current version says makes no new one.
    """
    template_id, how = parse("agt", agreement_id), {"locale": body.locale, "actor": caller.actor}
    made = manage_agreements.publish_draft(caller.business_id, template_id, seen_version=body.seen, **how)
    return text_of(caller, template_id, made)


@v1.post(
    "/agreements/{agreement_id}/discard",
    body=AgreementDiscard,
    answer=Agreement,
    permission="agreements.write",
    tag="Agreements",
    errors=("invalid_agreement",),
)
def discard_agreement_draft(caller: KeyCaller, agreement_id: str, body: AgreementDiscard) -> Agreement:
    """Throw the draft of one language away.

    What was published stays. None is fine.
    """
    template_id = parse("agt", agreement_id)
    manage_agreements.discard_draft(caller.business_id, template_id, locale=body.locale)
    return agreement_of(caller, template_id)
