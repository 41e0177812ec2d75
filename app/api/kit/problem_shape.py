"""The documented shape of an error; `problems` builds it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ParameterError(BaseModel):
    """One member of a request that was refused."""

    param: str = Field(description="The field, such as `line_items[0].quantity`.")
    code: str
    detail: str


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    type: str = Field(description="URL of the page that explains the code.")
    title: str
    status: int
    detail: str = Field(description="A human-readable explanation of this occurrence.")
    code: str = Field(description="A stable error code for programs.")
    request_id: str
    param: str = Field(default="", description="The field or parameter that caused the error.")
    errors: list[ParameterError] = Field(default=[], description="All invalid fields, at most 20.")
    details: dict[str, Any] = Field(default={}, description="Additional details, depending on the code.")
