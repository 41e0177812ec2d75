"""The surface itself: a session's client secret opens it, for pages on the business's own origins."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, g, request

from app.api.kit.operation import Api
from app.api.kit.problems import request_id
from app.core import context, settings
from app.core.errors import Denied, Unauthenticated
from app.core.ids import show
from app.core.language import preferred
from app.read.resources.sessions import allowed_origins
from app.workflow import open_checkout

MAX_SECRET = 200
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
    if origin is None or origin == settings.current().public_url:
        return
    if origin not in allowed_origins(business_id):
        g.foreign_origin = True
        raise Denied("origin_denied", "This page's origin is not one of the business's allowed origins.")


def _allow_origin(response: Response) -> Response:
    """Lets the calling page read the answer, unless its origin was just refused. No cookies either way."""
    origin = request.headers.get("Origin")
    response.headers.add("Vary", "Origin")
    if origin is not None and not g.get("foreign_origin"):
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
