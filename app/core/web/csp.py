"""Content security policy and the other headers that every answer carries.

Nothing inline runs or paints without the nonce of its own answer. A page that needs more says so by name with `allow`.
"""

import secrets

from flask import Flask, Response, g

from app.core import settings

_POLICY: dict[str, tuple[str, ...]] = {
    "default-src": ("'none'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "manifest-src": ("'self'",),
    "form-action": ("'self'",),
    "base-uri": ("'none'",),
    "frame-ancestors": ("'none'",),
    "object-src": ("'none'",),
}
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
)
_PLAIN = "; ".join(" ".join([directive, *sources]) for directive, sources in _POLICY.items())


def nonce() -> str:
    """The nonce of this answer; the same for every tag in it."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return str(g.csp_nonce)


def allow(directive: str, *sources: str) -> None:
    """Widen one directive for this answer only, e.g. `allow("frame-ancestors", "https://shop.example")`."""
    if directive not in _POLICY:
        raise KeyError(directive)
    g.setdefault("csp_allowed", {}).setdefault(directive, []).extend(sources)


def policy() -> str:
    """The header's value for this answer."""
    allowed: dict[str, list[str]] = g.get("csp_allowed", {})
    if not allowed and "csp_nonce" not in g:
        return _PLAIN
    parts = []
    for directive, sources in _POLICY.items():
        extra = allowed.get(directive, [])
        kept = [source for source in sources if not (extra and source == "'none'")]
        if directive == "script-src" and "csp_nonce" in g:
            kept.append(f"'nonce-{g.csp_nonce}'")
        parts.append(" ".join([directive, *kept, *extra]))
    return "; ".join(parts)


def _add_headers(response: Response) -> Response:
    headers = response.headers
    known = {name.lower() for name, _ in headers}  # each look at them goes through them all
    for name, value in _ALWAYS:
        if name.lower() not in known:
            headers.add(name, value)
    if "content-security-policy" not in known:
        headers.add("Content-Security-Policy", policy())
    if (transport := settings.current().transport_security) and "strict-transport-security" not in known:
        headers.add("Strict-Transport-Security", transport)
    return response


def init_csp(app: Flask) -> None:
    """Give every answer its headers and every template `csp_nonce()`."""
    app.after_request(_add_headers)
    app.jinja_env.globals["csp_nonce"] = nonce
