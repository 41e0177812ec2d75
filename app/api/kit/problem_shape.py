"""The documented shape of an error; `problems` builds it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ParameterError(BaseModel):
    """One member of a request that was refused."""

    param: str = Field(description="Where, such as `line_items[0].quantity`.")
    code: str
    detail: str


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    type: str = Field(description="Address of the page that explains the code.")
    title: str
    status: int
    detail: str = Field(description="What happened here, for people.")
    code: str = Field(description="Stable name of the error, for programs.")
    request_id: str
    param: str = Field(default="", description="The member or parameter at fault, if it is one.")
    errors: list[ParameterError] = Field(default=[], description="Every member at fault, at most 20.")
    details: dict[str, Any] = Field(default={}, description="More about this error, by its code.")
