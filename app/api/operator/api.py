"""The surface itself: its prefix, and who may call it."""

from dataclasses import dataclass
from uuid import UUID

from flask import request

from app.api.kit.operation import Api
from app.api.v1 import request_log
from app.api.v1.api import MAX_KEY, bearer
from app.core import context
from app.core.errors import Unauthenticated
from app.core.ids import show
from app.workflow.accounts.manage_operator_keys import PREFIX, authenticate_operator


@dataclass(frozen=True)
class OperatorCaller:
    """Whoever runs the installation, by a key of theirs."""

    key_id: UUID
    keys_of: str = ""

    @property
    def business_id(self) -> UUID:
        """They act for no business; the key stands where one is asked for."""
        return self.key_id

    def may(self, permission: str) -> bool:
        """An operator key may do all that this surface has."""
        return permission.startswith("businesses.")


def authenticate() -> OperatorCaller:
    """Whose key it is. Raises Unauthenticated, or TooMany."""
    key = bearer()
    if not key.startswith(PREFIX) or len(key) > MAX_KEY:
        raise Unauthenticated("unauthenticated", "Send an operator key: Authorization: Bearer ok_…")
    key_id = authenticate_operator(key)
    context.bind(actor=f"operator:{show('opk', key_id)}", address=request.remote_addr or "")
    request_log.take(key_id)
    return OperatorCaller(key_id)


operators = Api(
    "operator_api",
    "/v1",
    authenticate=authenticate,
    security="operatorKey",
    import_name=__name__,
    errors=("api_key_invalid",),
)
operators.blueprint.after_request(request_log.tell_and_note)
