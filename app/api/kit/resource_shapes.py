"""What a business owns, as operators and the business itself read it."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import Answer, OneOf
from app.domain.accounts.business.resources import Resource


class ResourceLimit(Answer):
    """How much of one resource a business has and may have."""

    resource: Annotated[str, OneOf(tuple(Resource))]
    used: Annotated[int, Field(description="How much it has.", examples=[12])]
    limit: Annotated[int, Field(description="From how much on one more is refused with `limit_reached`.")]
    is_default: Annotated[bool, Field(description="Whether this is the limit of the installation.")]
