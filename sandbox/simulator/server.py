"""Wires the pretend company's Flask app."""

import contextlib
import socket
import threading

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from sandbox.simulator import admin_api, buyer_pages, contract_pages, dashboard, fields, merchant_api
from sandbox.simulator.alipay import admin as alipay_admin
from sandbox.simulator.alipay import buyer_pages as alipay_buyer_pages
from sandbox.simulator.alipay import gateway as alipay_gateway
from sandbox.simulator.amounts import show_amount
from sandbox.simulator.misbehave import HangUp
from sandbox.simulator.participant import admin as participant_admin
from sandbox.simulator.participant import api as participant_api
from sandbox.simulator.store import Store
from sandbox.simulator.stripe import admin as stripe_admin
from sandbox.simulator.stripe import disputes_api as stripe_disputes_api
from sandbox.simulator.stripe import mandates_api as stripe_api
from sandbox.simulator.stripe import setup_pages as stripe_setup_pages
from sandbox.simulator.wechat import admin as wechat_admin
from sandbox.simulator.wechat import api as wechat_api

MAX_BODY = 262_144
# form-action is open to every web address: Chrome applies it to the redirects after a form as well, and
# by such a redirect a buyer goes back to the shop.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self';"
    " base-uri 'none'; frame-ancestors 'none'; form-action 'self' http: https:"
)


def create_app(store: Store, *, stopping: threading.Event, public_url: str = "") -> Flask:
    """The app over a store; `stopping` ends held calls early, `public_url` is where buyers reach it."""
    app = Flask(__name__)
    app.config.update(STORE=store, STOPPING=stopping, PUBLIC_URL=public_url, MAX_CONTENT_LENGTH=MAX_BODY)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.filters.update(amount=show_amount, iso=fields.iso)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    ours = (merchant_api, admin_api, buyer_pages, contract_pages, dashboard)
    parts = (
        *ours,
        participant_api,
        participant_admin,
        alipay_gateway,
        alipay_buyer_pages,
        alipay_admin,
        wechat_api,
        wechat_admin,
        stripe_api,
        stripe_disputes_api,
        stripe_admin,
        stripe_setup_pages,
    )
    for blueprint in dict.fromkeys(part.blueprint for part in parts):  # some files add to one of another's
        app.register_blueprint(blueprint)
    app.register_error_handler(fields.Refusal, _refuse)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(HangUp, _hang_up)
    app.after_request(_protect)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    return app


def _wants_json() -> bool:
    return request.path.startswith(("/v1/", "/participant/", "/admin/", "/wechat/v3/", "/stripe/v1/"))


def _refuse(refusal: fields.Refusal) -> tuple[Response | str, int]:
    if _wants_json():
        return jsonify(refusal.body()), refusal.http_status
    return render_template("error.html", message=refusal.message), refusal.http_status


def _http_error(error: HTTPException) -> tuple[Response | str, int]:
    status = error.code or 500
    return _refuse(fields.Refusal(status, f"http_{status}", error.name + "."))


def _hang_up(_: HangUp) -> Response:
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def _protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
