"""One thing done to many cases."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from app.api.kit.shapes import (
    ID_PATTERN,
    PRINTABLE,
    Answer,
    AnyAmountMinor,
    Currency,
    MomentIn,
    OneOf,
    Shape,
    Word,
    moment_in,
)
from app.api.v1.api import KeyCaller, v1
from app.api.v1.reconciliation.cases import MendKey, UserId
from app.core import lists
from app.core.errors import Denied, Invalid
from app.core.ids import parse, show, try_parse
from app.workflow.reconciliation import bulk_cases
from app.workflow.reconciliation.bulk_cases import ACTIONS, MAX_COUNT, BulkCommand
from app.workflow.reconciliation.manage_cases import MAX_COMMENT
from app.workflow.reconciliation.mends import MENDS

CASE = "case_01jd3w8n2q4zt5b7yk2hc5e4rv"
Action = Annotated[str, OneOf(ACTIONS)]
Result = Annotated[
    str,
    OneOf(("done", "requested", "skipped", "refused")),
    Field(
        description="`requested`: somebody else approves it first; `skipped`: nothing to do, `message` says why. "
        "In a dry run: what it would be."
    ),
]


class BulkCasesRequest(Shape):
    """What shall be done to which cases: those named, or all of a list."""

    action: Action
    case_ids: Annotated[
        list[Annotated[str, Field(pattern=f"^case_{ID_PATTERN}$", examples=[CASE])]] | None,
        Field(min_length=1, max_length=MAX_COUNT),
    ] = None
    filters: Annotated[
        dict[Word, Annotated[str, Field(max_length=lists.MAX_TEXT), PRINTABLE]] | None,
        Field(
            max_length=20,
            description=f"Filters of the case list, as for exports; at most {MAX_COUNT} cases.",
            examples=[{"view": "inbox", "kind": "endpoint_paused"}],
        ),
    ] = None
    assignee: Annotated[UserId | None, Field(description="For `assign`: a user of the team; null for nobody.")] = None
    until: Annotated[
        MomentIn | None,
        Field(
            description="For `snooze`: at most 90 days from now; null ends it.", examples=["2026-06-01T09:00:00.000Z"]
        ),
    ] = None
    text: Annotated[
        str,
        Field(max_length=MAX_COMMENT, description="The comment; for `resolve` and `mend` the reason."),
        PRINTABLE,
    ] = ""
    mend: Annotated[MendKey | None, Field(description="For `mend`: the action. Other cases are skipped.")] = None
    dry_run: Annotated[bool, Field(description="Only say what would come of each case.")] = False

    @model_validator(mode="after")
    def _fits(self) -> "BulkCasesRequest":
        if (self.case_ids is None) == (self.filters is None):
            raise ValueError("send one of case_ids and filters")
        if (self.mend is None) == (self.action == "mend"):
            raise ValueError("send mend for the action mend, and only then")
        return self


class BulkCaseResult(Answer):
    """One case, and what came of it."""

    case_id: str
    result: Result
    message: str
    amount_minor: Annotated[AnyAmountMinor | None, Field(description="In a dry run: the money that a mend would move.")]
    currency: Currency | None


class BulkCases(Answer):
    """Something that was done to many cases."""

    action: Action
    cases: Annotated[list[BulkCaseResult], Field(description="In the order in which they were sent.")]


@v1.post(
    "/cases/bulk",
    body=BulkCasesRequest,
    answer=BulkCases,
    permission="cases.write",
    idempotent=True,
    tag="Cases",
    errors=(
        *("not_found", "invalid_list", "too_many_cases", "reason_needed", "invalid_comment", "denied"),
        "version_conflict",
    ),
)
def change_cases(caller: KeyCaller, body: BulkCasesRequest, claim_id: UUID) -> Callable[[], BulkCases]:
    """Change many cases.

    Each by itself: what one of them refuses keeps none of the others. When one of `case_ids` is not there, nothing is
    done at all. A mend needs its own permission as well.
    """
    if body.mend is not None and not caller.may(MENDS[body.mend].permission):
        raise Denied("denied", f"This needs the permission {MENDS[body.mend].permission}.")
    meant = (
        _all_of(caller, body.filters) if body.filters is not None else [parse("case", x) for x in body.case_ids or ()]
    )
    command = BulkCommand(
        action=body.action,
        actor=caller.actor,
        run_id=claim_id,
        user_id=None if body.assignee is None else try_parse(body.assignee, "usr"),
        until=moment_in(body.until),
        text=body.text,
        mend=body.mend or "",
    )
    work = bulk_cases.look if body.dry_run else bulk_cases.run
    made = work(caller.business_id, meant, command) if meant else []
    return lambda: BulkCases(action=body.action, cases=[_result(each) for each in made])


def _all_of(caller: KeyCaller, filters: dict[str, str]) -> list[UUID]:
    listing = lists.find("cases")
    assert listing is not None  # it is one of ours
    listing.refuse_unknown(filters, ())
    request = lists.ListRequest(caller.business_id, filters=listing.fitting(filters), columns=(listing.columns[0].key,))
    found = listing.read(request, None, MAX_COUNT + 1)
    if len(found) > MAX_COUNT:
        text = f"More than {MAX_COUNT} cases match. Narrow the filters."
        raise Invalid("too_many_cases", text, details={"param": "filters"})
    return [row.id for row in found]


def _result(made: bulk_cases.CaseResult) -> BulkCaseResult:
    return BulkCaseResult(
        case_id=show("case", made.case_id),
        result=made.result,
        message=made.message,
        amount_minor=made.money.minor if made.money else None,
        currency=made.money.currency if made.money else None,
    )
