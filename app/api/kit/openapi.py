"""The OpenAPI 3.1 document, drawn from the declared operations: it cannot say what the code does not do."""

from collections.abc import Iterable, Sequence

from pydantic.json_schema import models_json_schema

from app.api.kit.catalogue import CATALOGUE, kind_for
from app.api.kit.operation import Api, Operation
from app.api.kit.problem_shape import Problem
from app.domain.accounts.business.api_versions import NEWEST, VERSIONS
from app.lib.json_types import Json

DESCRIPTION = """Bursar's JSON interface for the servers of a merchant.

Amounts are whole numbers in minor units of the currency beside them. Moments are RFC 3339 in UTC. Ids are opaque.
Requests are read strictly: an unknown member, a number sent as text or a value out of its range is refused and
changes nothing. Every POST that moves money takes an `Idempotency-Key`; repeating it gives the first answer again.
Errors are `application/problem+json` with a stable `code`. New members may be added to answers at any time."""

_SCHEMES = {
    "secretKey": {
        "type": "http", "scheme": "bearer", "bearerFormat": "sk_test_…",
        "description": "A secret key of the business (or a restricted one, `rk_test_…`), for servers only.",
    },
    "operatorKey": {
        "type": "http", "scheme": "bearer", "bearerFormat": "ok_…",
        "description": "A key of whoever runs the installation, made by `flask operator-keys create`.",
    },
    "publishableKey": {
        "type": "http", "scheme": "bearer", "bearerFormat": "pk_test_…",
        "description": "A publishable key of the business, for pages on its allowed origins.",
    },
    "clientSecret": {
        "type": "http", "scheme": "bearer", "bearerFormat": "ses_…_secret_…",
        "description": "The client secret of one checkout session, for the buyer's browser.",
    },
}  # fmt: skip

_EVERYWHERE = ("bad_request", "unauthenticated", "denied", "invalid_parameter", "rate_limited", "internal",
               "unavailable")  # fmt: skip

_VERSION = {
    "name": "Bursar-Version", "in": "header", "required": False,
    "description": "The API version for this request. Defaults to the key’s version.",
    "schema": {"type": "string", "enum": list(VERSIONS)},
}  # fmt: skip

# What a name in a path is the id of; other names are the merchant's own.
PREFIXES = {"business_id": "biz", "buyer_id": "byr", "session_id": "ses", "order_id": "ord", "refund_id": "rfd",
            "product_id": "prd", "sku_id": "sku", "event_id": "evt", "entitlement_id": "ent", "movement_id": "txn",
            "withdrawal_id": "txn", "payout_id": "txn", "hold_id": "hld", "image_id": "img", "file_id": "fil",
            "key_id": "key", "request_id": "req", "delivery_id": "dlv", "category_id": "cat",
            "price_id": "prc", "template_id": "cpt", "coupon_id": "cpn", "batch_id": "cpb",
            "import_id": "imp", "approval_id": "apr", "configuration_id": "cfg",
            "export_id": "exp", "endpoint_id": "whe", "webhook_delivery_id": "whd",
            "member_id": "mem", "invitation_id": "inv", "role_id": "rol",
            "agreement_id": "agt", "version_id": "agr", "promotion_id": "prm",
            "licence_key_id": "lky", "any_id": "ord", "dead_letter_id": "mail", "account_id": "cha", "rule_id": "rul",
            "business_version_id": "bsv", "tax_rate_id": "txr", "test_clock_id": "tcl",
            "reservation_id": "rsv", "chat_id": "alc", "run_id": "blk", "view_id": "vie",
            "payment_order_id": "por", "dispute_id": "dsp", "channel_bill_id": "bil", "line_id": "pol",
            "bank_account_id": "bka", "settlement_id": "stl", "adjustment_id": "adj",
            "plan_id": "plan", "contract_id": "con", "cycle_id": "cyc",
            "partner_id": "par", "split_rule_id": "spr", "settlement_batch_id": "sba",
            "risk_entry_id": "rle", "risk_rule_set_id": "rrs", "risk_decision_id": "rdc",
            "risk_review_id": "rrv",
            "settlement_hold_id": "shd", "holiday_id": "hol"}  # fmt: skip


def document(apis: Sequence[Api], *, server: str, title: str = "Bursar") -> Json:
    """The whole document for these surfaces."""
    operations = [(api, operation) for api in apis for operation in api.operations]
    names, schemas = _schemas(operation for _, operation in operations)
    paths: Json = {}
    for api, operation in operations:
        described = _operation(operation, names)
        paths.setdefault(api.prefix + operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": NEWEST, "description": DESCRIPTION},
        "servers": [{"url": server}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for _, operation in operations)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": _shared_responses(names),
            "securitySchemes": _SCHEMES,
        },
    }


def _schemas(operations: Iterable[Operation]) -> tuple[dict[type, Json], Json]:
    """References by model, and the definitions they point to."""
    shapes: dict[tuple[type, str], None] = {(Problem, "serialization"): None}
    for operation in operations:
        if operation.body is not None:
            shapes[(operation.body, "validation")] = None
        if operation.answer is not None:
            shapes[(operation.answer, "serialization")] = None
        if operation.query is not None:
            shapes[(operation.query, "validation")] = None
    references, definitions = models_json_schema(
        list(shapes),  # type: ignore[arg-type]
        ref_template="#/components/schemas/{model}",
    )
    by_model = {model: reference for (model, _), reference in references.items()}
    return by_model, dict(sorted(definitions.get("$defs", {}).items()))


def _operation(operation: Operation, names: dict[type, Json]) -> Json:
    described: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": [{operation.security: []}],
        "x-permission": operation.permission,
        "parameters": _parameters(operation),
        "responses": _responses(operation, names),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.body is not None:
        content = {"application/json": {"schema": names[operation.body]}}
        described["requestBody"] = {"required": True, "content": content}
    if operation.upload is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"multipart/form-data": {"schema": _upload(operation)}},
        }
    return described


def _upload(operation: Operation) -> Json:
    assert operation.upload is not None
    shape = operation.upload.form.model_json_schema()
    file = {"type": "string", "format": "binary", "description": operation.upload.description}
    return {
        "type": "object",
        "properties": {"file": file, **shape.get("properties", {})},
        "required": ["file", *shape.get("required", ())],
    }


def _parameters(operation: Operation) -> list[Json]:
    listed: list[Json] = []
    for name in operation.path_names:
        shown = f"{PREFIXES[name]}_01jd3w8n2q4zt5b7yk2hc5e4rv" if name in PREFIXES else "customer-41"
        schema = {"type": "string", "examples": [shown]}
        listed.append({"name": name, "in": "path", "required": True, "schema": schema})
    if operation.query is not None:
        shape = operation.query.model_json_schema()
        for name, schema in shape.get("properties", {}).items():
            schema = _without_null(schema)
            entry = {
                "name": name,
                "in": "query",
                "required": name in shape.get("required", ()),
                "schema": schema,
            }
            if "description" in schema:
                entry["description"] = schema.pop("description")
            listed.append(entry)
    if operation.security == "secretKey":
        listed.append(_VERSION)
    if operation.idempotent:
        description = "A new random string for each action. Reuse it when you retry the request."
        key = {"type": "string", "minLength": 8, "maxLength": 255, "pattern": "^[!-~]+$"}
        listed.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": key,
                "description": description,
            }
        )
    return listed


def _without_null(schema: Json) -> Json:
    """A query parameter is absent or given, never null."""
    schema = {name: value for name, value in schema.items() if name not in ("default", "title") or value is not None}
    options = [option for option in schema.pop("anyOf", []) if option.get("type") != "null"]
    if len(options) == 1:
        schema.update(options[0])
    schema.pop("title", None)
    return schema


def _responses(operation: Operation, names: dict[type, Json]) -> Json:
    success: Json = {"description": "Done."}
    if operation.answer is None and operation.media_type != "application/json":
        success["content"] = {operation.media_type: {"schema": {"type": "string"}}}
    if operation.answer is not None:
        success["content"] = {operation.media_type: {"schema": names[operation.answer]}}
    success["headers"] = {"X-Request-Id": {"schema": {"type": "string"}}}
    responses: Json = {str(operation.status): success}
    by_status: dict[int, list[str]] = {}
    for code in codes_of(operation):
        by_status.setdefault(kind_for(code, 422).status, []).append(code)
    for status, codes in sorted(by_status.items()):
        shared = len(codes) == 1 and codes[0] in _EVERYWHERE
        responses[str(status)] = (
            {"$ref": f"#/components/responses/{codes[0]}"} if shared else _error_response(codes, names)
        )
    return responses


def _error_response(codes: list[str], names: dict[type, Json]) -> Json:
    lines = [f"`{code}`: {CATALOGUE[code].title}." for code in codes if code in CATALOGUE]
    return {
        "description": " ".join(lines) or "Error.",
        "x-codes": codes,
        "content": {"application/problem+json": {"schema": names[Problem]}},
    }


def _shared_responses(names: dict[type, Json]) -> Json:
    return {code: _error_response([code], names) for code in _EVERYWHERE}


def codes_of(operation: Operation) -> list[str]:
    """Every error code that an operation may answer, general ones first."""
    codes = [*_EVERYWHERE]
    if operation.body is not None:
        codes += ["malformed_body", "body_too_large", "unsupported_media_type"]
    if operation.upload is not None:
        codes += ["body_too_large", "unsupported_media_type"]
    if operation.query is not None and "cursor" in operation.query.model_fields:
        codes.append("invalid_cursor")
    if operation.path_names:
        codes.append("not_found")
    if operation.idempotent:
        codes += ["idempotency_key_missing", "idempotency_key_invalid"]
        codes += ["idempotency_key_reused", "idempotency_in_flight"]
    return list(dict.fromkeys([*codes, *operation.errors]))
