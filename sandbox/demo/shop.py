"""The shop: `python -m sandbox.demo.shop`, with SHOP_PORT, BURSAR_URL and, unless the demo was seeded, the two keys."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from typing import Any

from flask import Flask, Response, redirect, render_template, request, session, url_for
from werkzeug.serving import make_server

from sandbox.demo import hooks
from sandbox.demo.bursar import Bursar, BursarRefused, Keys, ShopNotSetUp

LOCALES = ("en", "zh-Hans")
OVER = {"expired", "cancelled"}
# SKU codes and units, as the demo business has them; a business without them sells what is newest.
SHELF = {"membership": [("MOON-1M", 1)], "cart": [("MOON-1M", 1), ("ARCHIVE-A", 2), ("EVENING", 1)]}


def create_shop() -> Flask:
    """The shop as a WSGI app."""
    app = Flask(__name__)
    app.secret_key = _cookie_key()
    app.config.update(SESSION_COOKIE_NAME="shop", SESSION_COOKIE_SAMESITE="Lax")
    app.add_url_rule("/", "home", home)
    app.add_url_rule("/cart", "cart", cart)
    app.add_url_rule("/buttons", "buttons", buttons)
    app.add_url_rule("/framed", "framed", framed)
    app.add_url_rule("/examples/<any(plain, react, react_panel, vue):name>", "example", example)
    app.add_url_rule("/return", "back", back)
    app.add_url_rule("/owned", "owned", owned)
    app.add_url_rule("/checkout/<any(membership, cart):what>", "checkout", checkout, methods=["POST"])
    app.add_url_rule("/again", "again", again, methods=["POST"])
    app.add_url_rule("/hook", "receive_event", hooks.receive_event, methods=["POST"])
    app.add_url_rule("/events", "events", hooks.events)
    app.register_error_handler(ShopNotSetUp, not_set_up)
    app.register_error_handler(BursarRefused, refused)
    app.before_request(remember_buyer)
    app.after_request(add_policy)
    return app


def home() -> str:
    """The product, and the panel in the page."""
    keys = Keys.find()
    return render_template("home.html", keys=keys, locale=_locale(), buyer=session["buyer"])


def cart() -> str:
    """Several things at once, in the same panel."""
    return render_template("cart.html", keys=Keys.find(), locale=_locale())


def buttons() -> str:
    """What needs nothing of our server: a button, and a plain link."""
    keys = Keys.find()
    named = request.args.get("bursar_session", "")
    is_paid = named.startswith("ses_") and Bursar(keys).checkout(named)["status"] == "complete"
    return render_template("buttons.html", keys=keys, locale=_locale(), is_paid=is_paid)


def framed() -> str:
    """The panel in a frame, with the small script that sizes it."""
    return render_template("framed.html", keys=Keys.find(), locale=_locale())


def example(name: str) -> str:
    """The same checkout without our panel: its parts, or only its state and actions."""
    template = "examples/plain.html" if name == "plain" else "examples/bundled.html"
    return render_template(template, keys=Keys.find(), locale=_locale(), name=name)


def back() -> str:
    """Where the buyer returns to. The URL proves nothing: the panel queries Bursar."""
    named = request.args.get("bursar_session")
    what = (
        next((what for what, stored in _checkouts().items() if stored["id"] == named), None)
        if named
        else session.get("latest")
    )
    return render_template("back.html", keys=Keys.find(), locale=_locale(), what=what)


def owned() -> str:
    """What a buyer owns, as Bursar's API returns it to our server."""
    buyer = request.args.get("buyer") or session["buyer"]
    return render_template("owned.html", buyer=buyer, owned=Bursar(Keys.find()).entitlements(buyer))


def checkout(what: str) -> dict[str, str]:
    """The client secret of the buyer's checkout: the one under way, or a new one. The page fetches this."""
    bursar = Bursar(Keys.find())
    stored = _checkouts().get(what)
    if stored and bursar.checkout(stored["id"])["status"] not in OVER:
        return {"client_secret": stored["client_secret"]}
    if stored:
        session["visit"] = secrets.token_hex(8)
    opened = bursar.open_checkout(
        _items(bursar.products(), what),
        buyer=session["buyer"],
        return_url=url_for("back", _external=True),
        locale=_locale(),
        key=f"{session['buyer']}-{what}-{session['visit']}",
    )
    session["checkouts"] = _checkouts() | {what: {"id": opened["id"], "client_secret": opened["client_secret"]}}
    session["latest"] = what
    return {"client_secret": opened["client_secret"]}


def again() -> Any:
    """Forget the checkouts and start another."""
    session.pop("checkouts", None)
    session.pop("latest", None)
    session["visit"] = secrets.token_hex(8)
    return redirect(url_for("cart" if request.form.get("what") == "cart" else "home"), 303)


def _items(products: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    ids = {sku["code"]: sku["id"] for product in products for sku in product["skus"]}
    chosen = SHELF[what]
    if all(code in ids for code, _ in chosen):
        return [{"sku_id": ids[code], "quantity": quantity} for code, quantity in chosen]
    newest = products[: len(chosen)]
    return [{"sku_id": product["skus"][0]["id"], "quantity": 1} for product in newest]


def _checkouts() -> dict[str, dict[str, str]]:
    """The buyer's checkouts by what is bought."""
    return dict(session.get("checkouts", {}))


def remember_buyer() -> None:
    """A real shop has logins; here a cookie makes up a buyer."""
    if "buyer" not in session and request.endpoint != "receive_event":
        session["buyer"] = f"buyer-{secrets.token_hex(4)}"
        session["visit"] = secrets.token_hex(8)


def add_policy(response: Response) -> Response:
    """The strictest policy under which the panel runs: one foreign origin, nothing inline."""
    bursar = os.environ.get("BURSAR_URL", "http://127.0.0.1:8000").rstrip("/")
    # Without our panel, which brings its styles, a page that wants them links them; and Vue has a policy of its own.
    styles = f"'self' {bursar}" if request.path == "/examples/plain" else "'self'"
    types = "vue" if request.path == "/examples/vue" else "'none'"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {bursar}; connect-src 'self' {bursar}; style-src {styles}; "
        f"img-src 'self' data: {bursar}; frame-src {bursar}; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types {types}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    if not request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def not_set_up(_error: ShopNotSetUp) -> tuple[str, int]:
    """The page before there are keys."""
    return render_template("problem.html", message="This shop has no keys yet. Seed the demo business first."), 404


def refused(error: BursarRefused) -> tuple[str | dict[str, str], int]:
    """What went wrong, to the page or to the script that asked."""
    if request.method == "POST":
        return {"error": str(error)}, 502
    return render_template("problem.html", message=str(error)), 502


def _locale() -> str:
    if request.args.get("lang") in LOCALES:
        session["lang"] = request.args["lang"]
    return str(session.get("lang") or request.accept_languages.best_match(LOCALES, "en"))


def _cookie_key() -> bytes:
    """Ours alone, though derived from what the installation has: cookies survive a restart."""
    base = os.environ.get("SHOP_SECRET") or os.environ.get("SECRET_KEY")
    return hashlib.sha256(f"demo shop {base}".encode()).digest() if base else secrets.token_bytes(32)


def main() -> None:
    """Serve until stopped."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("SHOP_PORT", "8001"))
    make_server(host, port, create_shop(), threaded=True).serve_forever()


if __name__ == "__main__":
    main()
