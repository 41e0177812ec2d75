"""How an operation is called: with curl, in Python and in JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from app.api.docs.examples import as_json
from app.lib.json_types import Json

LANGUAGES = ("curl", "Python", "JavaScript")
_CONSTANTS = {"true": "True", "false": "False", "null": "None"}


def samples(server: str, *, method: str, path: str, operation: Json, sent: Any) -> list[tuple[str, str]]:
    """(language, code) for this call; `sent` is the example of its body, None if it has none. An operation that takes
    a file has a form in its place."""
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", parameter["schema"]["examples"][0])
    url = server.rstrip("/") + path
    is_repeatable = any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"])
    key = key_of(operation)
    is_form = takes_file(operation)
    body = None if is_form else sent
    made = [
        _curl(method, url, key=key, is_repeatable=is_repeatable, sent=body),
        _python(method, url, key=key, is_repeatable=is_repeatable, sent=body),
        _javascript(method, url, key=key, is_repeatable=is_repeatable, sent=body),
    ]
    if is_form:
        fields = {name: as_json(value).strip('"') for name, value in sent.items() if name != "file"}
        made = [add(call, fields) for add, call in zip(_FORMS, made, strict=True)]
    return list(zip(LANGUAGES, made, strict=True))


def takes_file(operation: Json) -> bool:
    """Whether its body is a form with a file."""
    return "multipart/form-data" in operation.get("requestBody", {}).get("content", {})


def key_of(operation: Json) -> str:
    """What the kind of key looks like that the operation takes."""
    if "operatorKey" in operation["security"][0]:
        return "ok_…"
    return "sk_test_…" if "secretKey" in operation["security"][0] else "ses_…_secret_…"


def _curl(method: str, url: str, *, key: str, is_repeatable: bool, sent: Any) -> str:
    lines = [f"curl {'' if method == 'GET' else f'-X {method} '}{url}", f"-H 'Authorization: Bearer {key}'"]
    if is_repeatable:
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if sent is not None:
        lines.append("--json '" + as_json(sent) + "'")
    return " \\\n  ".join(lines)


def _python(method: str, url: str, *, key: str, is_repeatable: bool, sent: Any) -> str:
    headers = [f'"Authorization": "Bearer {key}"']
    if is_repeatable:
        headers.append('"Idempotency-Key": str(uuid.uuid4())')
    lines = ["import uuid", ""] if is_repeatable else []
    lines += ["import httpx", "", f"answer = httpx.{method.lower()}(", f'    "{url}",']
    if method == "DELETE" and sent is not None:
        lines[-2:] = ["answer = httpx.request(", '    "DELETE",', f'    "{url}",']
    lines.append("    headers={" + ", ".join(headers) + "},")
    if sent is not None:
        body = re.sub(
            r"(?m)(^\s*|: )(true|false|null)(,?)$", lambda at: at[1] + _CONSTANTS[at[2]] + at[3], as_json(sent)
        )
        lines.append("    json=" + body.replace("\n", "\n    ") + ",")
    return "\n".join([*lines, ")", "answer.raise_for_status()", "print(answer.json())"])


def _javascript(method: str, url: str, *, key: str, is_repeatable: bool, sent: Any) -> str:
    lines = [f"const answer = await fetch('{url}', {{"]
    if method != "GET":
        lines.append(f"  method: '{method}',")
    lines += ["  headers: {", f"    Authorization: 'Bearer {key}',"]
    if is_repeatable:
        lines.append("    'Idempotency-Key': crypto.randomUUID(),")
    if sent is not None:
        lines.append("    'Content-Type': 'application/json',")
    lines.append("  },")
    if sent is not None:
        lines.append("  body: JSON.stringify(" + as_json(sent).replace("\n", "\n  ") + "),")
    return "\n".join([*lines, "});", "console.log(answer.status, await answer.json());"])


def _curl_form(call: str, fields: Mapping[str, str]) -> str:
    return " \\\n  ".join([call, "-F 'file=@FILE'", *(f"-F '{name}={text}'" for name, text in fields.items())])


def _python_form(call: str, fields: Mapping[str, str]) -> str:
    head, end = call.split("\n)\n")
    lines = [head, '    files={"file": open("FILE", "rb")},']
    if fields:
        lines.append(f"    data={json.dumps(fields, ensure_ascii=False)},")
    return "\n".join([*lines, ")", end])


def _javascript_form(call: str, fields: Mapping[str, str]) -> str:
    lines = ["const form = new FormData();", "form.set('file', file);"]
    lines += [f"form.set('{name}', '{text}');" for name, text in fields.items()]
    return "\n".join([*lines, call.replace("\n});", "\n  body: form,\n});", 1)])


# What makes a call without a body one that sends a form, in the order of LANGUAGES.
_FORMS = (_curl_form, _python_form, _javascript_form)
