"""A page without a server of its own opens the session itself, with the business's publishable key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from flask import current_app, request
from pydantic import Field

from app.api.kit.operation import Api
from app.api.kit.shapes import ConfigurationId, Locale, Shape
from app.api.sdk.api import allow_page, check_origin, current_request_id
from app.api.sdk.shapes import Snapshot
from app.core import context
from app.core.errors import Unauthenticated
from app.core.i18n.language import language_tag
from app.core.ids import parse, show
from app.core.security.crypto import hash_secret
from app.lib.networks import neighbourhood
from app.read.checkout import checkouts
from app.workflow.accounts.authenticate_key import FOR_PAGES, authenticate_key
from app.workflow.checkout.open_configured import open_configured

MAX_KEY = 200


@dataclass(frozen=True)
class PageCaller:
    """A page, by the publishable key that stands in it; it may open checkouts, and read nothing but what a token of
    its buyer names."""

    business_id: UUID

    @property
    def keys_of(self) -> str:
        """Browsers share the key, not each other's answers: whoever calls from elsewhere is never told a secret."""
        return hash_secret(f"{request.headers.get('Origin', '')} {neighbourhood(request.remote_addr)}")[:32]

    def may(self, permission: str) -> bool:
        """A page may open a checkout, and ask about the buyer whose token it has."""
        return permission in ("checkout.open", "membership.check")


def authenticate() -> PageCaller:
    """Whose page it is. Raises Unauthenticated, or Denied for a page on a foreign origin."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key.startswith("pk_") or len(key) > MAX_KEY:
        raise Unauthenticated("api_key_invalid", "Send a publishable key: Authorization: Bearer pk_test_…")
    holder = authenticate_key(key, kinds=FOR_PAGES, address=request.remote_addr)
    context.bind(business_id=show("biz", holder.business_id))
    holder.check(request.remote_addr)
    check_origin(holder.business_id)
    return PageCaller(holder.business_id)


pages = Api(
    "sdk_pages",
    "/sdk/v1",
    authenticate=authenticate,
    security="publishableKey",
    import_name=__name__,
    errors=("api_key_invalid", "api_key_expired", "origin_denied"),
)
allow_page(pages.blueprint)


class ConfiguredCheckout(Shape):
    """Which configuration the page sells by. What it sells, and for how much, is not the page's to say."""

    configuration: ConfigurationId
    locale: Annotated[
        Locale | None,
        Field(description="The page’s language. Defaults to the configuration’s or the browser’s language."),
    ] = None


class OpenedCheckout(Snapshot):
    """The new session, and the key to it."""

    client_secret: Annotated[str, Field(description="Grants this page access to the session. Returned only once.")]


@pages.post(
    "/checkouts",
    body=ConfiguredCheckout,
    answer=OpenedCheckout,
    status=201,
    permission="checkout.open",
    idempotent=True,
    secret=True,
    tag="Browser",
    errors=("business_closed", "business_suspended", "business_not_activated", "orders_later",
            "not_found", "configuration_inactive", "not_on_sale", "quantity_not_allowed", "no_price",
            "mixed_currencies"),
)  # fmt: skip
def open_configured_checkout(
    caller: PageCaller, body: ConfiguredCheckout, claim_id: UUID
) -> Callable[[], OpenedCheckout]:
    """Open a checkout from a configuration.

    For pages without a server of their own. Needs a publishable key, and a page on one of the business's allowed
    origins. The buyer is a guest.
    """
    opened = open_configured(
        caller.business_id,
        parse("cfg", body.configuration),
        counter=current_app.extensions["counter"],
        address=request.remote_addr,
        locale=body.locale,
        browser_locale=language_tag(request.accept_languages.best),
        session_id=claim_id,
        page_origin=request.headers.get("Origin"),
    )

    def told() -> OpenedCheckout:
        # In the language the session was opened in, whatever the browser speaks.
        shown = checkouts.snapshot(caller.business_id, opened.session_id, in_page=True)
        own = {"request_id": current_request_id(), "client_secret": opened.client_secret}
        return OpenedCheckout.model_validate({**shown, **own})

    return told
