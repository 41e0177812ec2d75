"""The surface itself: a session's client secret opens it, for pages on the business's own origins."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Response, request

from app.api.kit.operation import Api
from app.api.kit.problems import request_id
from app.core import context, settings
from app.core.errors import Denied, Invalid, Unauthenticated
from app.core.i18n.language import preferred
from app.core.ids import show
from app.read.checkout.sessions_resource import allowed_origins
from app.workflow.checkout import open_checkout

MAX_SECRET = 200
MAX_ORIGIN = 300
ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, Accept-Language, Last-Event-ID"


@dataclass(frozen=True)
class SessionCaller:
    """A buyer's browser, by the client secret of its session; it may touch that session only."""

    business_id: UUID
    session_id: UUID

    @property
    def keys_of(self) -> str:
        """A buyer's keys are the session's own: another session's answer is never given again here."""
        return show("ses", self.session_id)

    def may(self, permission: str) -> bool:
        """A session may do what belongs to its own checkout."""
        return permission == "checkout.own"


def authenticate() -> SessionCaller:
    """Whose session the secret opens. Raises Unauthenticated, or Denied for a page on a foreign origin."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or "_secret_" not in secret or len(secret) > MAX_SECRET:
        raise Unauthenticated("client_secret_invalid", "Send the client secret of a checkout session.")
    business_id, session_id = open_checkout.authenticate(secret)
    context.bind(business_id=show("biz", business_id), session_id=show("ses", session_id))
    check_origin(business_id)
    return SessionCaller(business_id, session_id)


def check_origin(business_id: UUID) -> None:
    """Whether the calling page may show the business's checkout. Raises Denied."""
    origin = request.headers.get("Origin")
    if origin is not None and not _may_show(business_id, origin):
        message = f"{origin[:MAX_ORIGIN]} is not one of the business's allowed origins."
        raise Denied("origin_denied", message, details={"param": "Origin"})


def check_return_url(business_id: UUID, url: str | None) -> str | None:
    """The address that a page wants its buyer led back to. Raises Invalid when it is on an origin that may not show
    the checkout: an address in a link must not lead a buyer to strangers."""
    if url is None:
        return None
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    if origin != request.headers.get("Origin") and not _may_show(business_id, origin):
        message = "A buyer is led back to the business's allowed origins only."
        raise Invalid("return_url_denied", message, details={"param": "return_url"})
    return url


def _may_show(business_id: UUID, origin: str) -> bool:
    return origin == settings.current().public_url or allowed_origins(business_id).has(origin)


def _allow_origin(response: Response) -> Response:
    """Lets the calling page read the answer. One whose origin was refused reads that, and nothing else: it was refused
    before anything was looked up for it. No cookies either way."""
    origin = request.headers.get("Origin")
    response.headers.add("Vary", "Origin")
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "X-Request-Id, Idempotent-Replayed, Retry-After"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _preflight() -> Response | None:
    """A browser asks before it sends the secret; which origin is allowed is known only once the secret is."""
    if request.method != "OPTIONS":
        return None
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "GET, POST"
    response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response.headers["Access-Control-Max-Age"] = "600"
    return response


def page_language() -> str | None:
    """The language the page has chosen, which it says in Accept-Language; None when it says nothing we speak."""
    return preferred(request.accept_languages.values(), "") or None


def current_request_id() -> str:
    """The id of this request, which every snapshot carries."""
    return request_id()


sdk = Api(
    "sdk",
    "/sdk/v1",
    authenticate=authenticate,
    security="clientSecret",
    import_name=__name__,
    errors=("client_secret_invalid", "origin_denied"),
)


def allow_page(blueprint: Blueprint) -> None:
    """Let pages on other origins call these routes and read what they answer."""
    blueprint.before_request(_preflight)
    blueprint.after_request(_allow_origin)


allow_page(sdk.blueprint)
