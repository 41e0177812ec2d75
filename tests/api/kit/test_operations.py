"""The kit on its own: a small app with two made-up routes, no database."""

# ruff: noqa: ARG001

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from app.api.kit import openapi, problems
from app.api.kit.operation import Api
from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Metadata, Quantity, Shape, SkuId
from app.api.ops import requests
from app.core import settings
from app.core.errors import Conflict

SKU = "sku_01jd3w8n2q4zt5b7yk2hc5e4rv"
MOMENT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
IDS = [uuid.UUID(int=number) for number in range(1, 46)]


@dataclass(frozen=True)
class Somebody:
    business_id: uuid.UUID = uuid.UUID(int=7)
    keys_of: str = ""

    def may(self, permission: str) -> bool:
        return permission != "forbidden"


class ThingRequest(Shape):
    sku_id: SkuId
    quantity: Quantity
    metadata: Metadata = {}


class Thing(Answer):
    id: str
    name: str | None = None


api = Api("kit", "/v1", authenticate=Somebody, security="secretKey", import_name=__name__)


@api.post("/things", body=ThingRequest, answer=Thing, status=201, permission="things.write", tag="Things")
def make_thing(caller: Somebody, body: ThingRequest) -> Thing:
    """Make a thing."""
    return Thing(id=body.sku_id)


@api.get("/things", query=ListQuery, answer=Page[Thing], permission="things.read", tag="Things")
def list_things(caller: Somebody, query: ListQuery) -> Page[Thing]:
    """List things."""
    after = query.after()
    rest = [each for each in IDS if after is None or each > after[1]][: query.limit + 1]
    return page_of(rest, limit=query.limit, item=lambda each: Thing(id=str(each)), key=lambda each: (MOMENT, each))


@api.get("/things/{thing_id}", answer=Thing, permission="things.read", tag="Things")
def get_thing(caller: Somebody, thing_id: str) -> Thing:
    """Get a thing."""
    if thing_id == "taken":
        raise Conflict("thing_taken", "Somebody has it.", details={"by": "ada"})
    raise ValueError("the password is hunter2")


@api.post("/forbidden", answer=Thing, permission="forbidden", tag="Things")
def forbidden(caller: Somebody) -> Thing:
    """Refuse everybody."""
    raise AssertionError


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    of_test = settings.Settings.from_env(
        {
            "DATABASE_URL": "postgresql:///none",
            "REDIS_URL": "redis://none",
            "SECRET_KEY": "0123456789abcdef0123456789abcdef",
            "ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        }
    )
    monkeypatch.setattr(settings, "current", lambda: of_test)
    app = Flask("kit")
    requests.install(app)
    problems.install(app, page=lambda _error: ("a page", 500))
    app.register_blueprint(api.blueprint)
    return app.test_client()


def post(client: FlaskClient, body: str, content_type: str = "application/json"):
    return client.post("/v1/things", data=body, content_type=content_type)


@pytest.mark.parametrize("quantity", ["0", "-1", "10001", "1.0", "1e3", '"1"', "true", "null", "[1]", "9" * 40, "NaN"])
def test_a_quantity_that_is_no_whole_number_within_bounds_is_refused(client: FlaskClient, quantity: str) -> None:
    answer = post(client, f'{{"sku_id": "{SKU}", "quantity": {quantity}}}')

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "invalid_parameter"
    assert answer.json["param"] == "quantity"


@pytest.mark.parametrize("quantity", [1, 10_000])
def test_a_quantity_at_its_bounds_is_taken(client: FlaskClient, quantity: int) -> None:
    assert post(client, f'{{"sku_id": "{SKU}", "quantity": {quantity}}}').status_code == 201


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "malformed_body"),
        ("[]", "application/json", 400, "malformed_body"),
        ("", "application/json", 400, "malformed_body"),
        ("{}", "text/plain", 415, "unsupported_media_type"),
        ('{"a": "' + "x" * 262_144 + '"}', "application/json", 413, "body_too_large"),
        ('{"sku_id": "' + SKU + '", "quantity": 1, "price": 1}', "application/json", 422, "invalid_parameter"),
        ('{"sku_id": "sku_1", "quantity": 1}', "application/json", 422, "invalid_parameter"),
        (
            '{"sku_id": "' + SKU + '", "quantity": 1, "metadata": {"a": "\\u0000"}}',
            "application/json",
            422,
            "invalid_parameter",
        ),
    ],
)
def test_a_body_that_is_not_as_documented_gets_its_problem(
    client: FlaskClient, body: str, content_type: str, status: int, code: str
) -> None:
    answer = post(client, body, content_type)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.json["status"] == status
    assert answer.json["type"].endswith(f"/docs/errors#{code}")
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("PUT", "/v1/things", 405, "method_not_allowed"),
        ("GET", "/v1/nothing", 404, "not_found"),
        ("POST", "/v1/forbidden", 403, "denied"),
        ("GET", "/v1/things/taken", 409, "thing_taken"),
        ("GET", "/v1/things?limit=0", 422, "invalid_parameter"),
        ("GET", "/v1/things?limit=101", 422, "invalid_parameter"),
        ("GET", "/v1/things?limit=1.0", 422, "invalid_parameter"),
        ("GET", "/v1/things?limit=1&limit=2", 422, "invalid_parameter"),
        ("GET", "/v1/things?page=2", 422, "invalid_parameter"),
        ("GET", "/v1/things?cursor=abc", 422, "invalid_cursor"),
        ("GET", "/v1/things?cursor=%ff%00", 422, "invalid_cursor"),
    ],
)
def test_a_request_that_cannot_be_served_gets_its_problem(
    client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.open(path, method=method)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"


def test_an_accident_reveals_nothing_about_the_inside(client: FlaskClient) -> None:
    answer = client.get("/v1/things/any")

    assert answer.status_code == 500
    assert answer.json["code"] == "internal"
    assert "hunter2" not in answer.text


def test_a_page_of_the_portal_gets_no_problem_document(client: FlaskClient) -> None:
    assert client.get("/portal/nothing").text == "a page"


def test_pages_follow_each_other_without_gap_or_overlap(client: FlaskClient) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"/v1/things?limit=20{cursor}").json
        seen += [each["id"] for each in page["data"]]
        assert page["has_more"] == (page["next_cursor"] is not None)
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == [str(each) for each in IDS]


def test_the_document_is_valid_openapi() -> None:
    shown = openapi.document([api], server="http://127.0.0.1:8000")

    validate(shown)
    assert shown["openapi"].startswith("3.1")
    quantity = shown["components"]["schemas"]["ThingRequest"]["properties"]["quantity"]
    assert (quantity["type"], quantity["minimum"], quantity["maximum"]) == ("integer", 1, 10_000)


def test_a_route_without_a_permission_does_not_start() -> None:
    def nameless(caller: Somebody) -> None:
        """Does nothing."""

    with pytest.raises(TypeError, match="permission"):
        api.get("/nameless", permission="", tag="Things")(nameless)
