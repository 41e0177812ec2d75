"""One decorator per route: it declares the route, reads the request, keeps the laws and documents itself."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from flask import Blueprint, Response, g, request

from app.api.kit.once import Working, once
from app.api.kit.reading import Upload, read_body, read_query, read_upload, refuse_query
from app.api.kit.shapes import Answer, QueryShape, Shape
from app.core.errors import Denied

Handler = Callable[..., Answer | Callable[[], Answer] | Response | None]


class Caller(Protocol):
    """Who calls, as the surface's `authenticate` found out."""

    @property
    def business_id(self) -> UUID:
        """The business that the caller acts for."""

    @property
    def keys_of(self) -> str:
        """Whose Idempotency-Keys these are within the business; empty when they are the business's own."""

    def may(self, permission: str) -> bool:
        """Whether the caller holds this permission."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One route as it was declared."""

    method: str
    path: str
    handler: Handler
    tag: str
    permission: str
    status: int
    body: type[Shape] | None
    query: type[QueryShape] | None
    answer: type[Answer] | None
    idempotent: bool
    secret: bool
    errors: tuple[str, ...]
    security: str
    media_type: str
    upload: Upload | None = None
    in_phases: bool = False

    @property
    def name(self) -> str:
        """The operation id: the handler's name."""
        return self.handler.__name__

    @property
    def summary(self) -> str:
        """First line of the handler's docstring."""
        return (inspect.getdoc(self.handler) or "").split("\n", 1)[0].rstrip(".")

    @property
    def description(self) -> str:
        """The rest of the handler's docstring."""
        text = inspect.getdoc(self.handler) or ""
        return text.partition("\n")[2].strip()

    @property
    def path_names(self) -> tuple[str, ...]:
        """Names of the path's variable parts, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))


class Api:
    """A surface: a prefix, a way to authenticate, and the operations declared on it.

    A handler is called with `caller` and, where declared, `body`, `query`, `upload`, its path's parts and `claim_id`
    (idempotent routes: the id that belongs to this Idempotency-Key for good). It answers the declared shape, or a
    function that reads it once the work is done, in the same transaction in which an idempotent answer is kept.
    With `permissions`, those are all there are: an operation that declares another one stops the start.
    Those of `errors` may come from every operation, those of `errors_of_changes` from every one but reads.
    `told` and `meant` have the last word about an answer and the first about a body, by operation and caller.
    """

    def __init__(
        self,
        name: str,
        prefix: str,
        *,
        authenticate: Callable[[], Caller],
        security: str,
        import_name: str,
        errors: tuple[str, ...] = (),
        errors_of_changes: tuple[str, ...] = (),
        permissions: frozenset[str] | None = None,
        told: Callable[[Response, str, Any], Response] | None = None,
        meant: Callable[[bytes, str, Any], bytes] | None = None,
    ) -> None:
        self.told, self.meant = told, meant
        self.prefix = prefix
        self.permissions = permissions
        self.security = security
        self.authenticate = authenticate
        self.errors, self.errors_of_changes = errors, errors_of_changes
        self.operations: list[Operation] = []
        self.blueprint = Blueprint(name, import_name, url_prefix=prefix)

    def get(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declares a GET route."""
        return self._route("GET", path, **declared)

    def post(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declares a POST route."""
        return self._route("POST", path, **declared)

    def patch(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declares a PATCH route."""
        return self._route("PATCH", path, **declared)

    def delete(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declares a DELETE route."""
        return self._route("DELETE", path, **declared)

    def _route(
        self,
        method: str,
        path: str,
        *,
        permission: str,
        tag: str,
        answer: type[Answer] | None = None,
        body: type[Shape] | None = None,
        query: type[QueryShape] | None = None,
        status: int = 200,
        idempotent: bool = False,
        secret: bool = False,
        errors: tuple[str, ...] = (),
        media_type: str = "application/json",
        upload: Upload | None = None,
        in_phases: bool = False,
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            operation = Operation(
                method=method, path=path, handler=handler, tag=tag, permission=permission, status=status,
                body=body, query=query, answer=answer, idempotent=idempotent, secret=secret,
                errors=self.errors + (() if method == "GET" else self.errors_of_changes) + errors,
                security=self.security, media_type=media_type,
                upload=upload, in_phases=in_phases,
            )  # fmt: skip
            self._wire(operation)
            return handler

        return declare

    def _wire(self, operation: Operation) -> None:
        if not operation.handler.__doc__:
            raise TypeError(f"{operation.name} has no docstring, and its documentation is drawn from it")
        if not operation.permission:
            raise TypeError(f"{operation.name} declares no permission")
        if self.permissions is not None and operation.permission not in self.permissions:
            known = "app/domain/accounts/business/scopes.py"
            raise TypeError(f"{operation.name} declares {operation.permission}, which is no scope of {known}")
        self.operations.append(operation)
        rule = re.sub(r"{(\w+)}", r"<\1>", operation.path)

        def view(**path: str) -> Response:
            g.operation = operation
            caller = self.authenticate()
            response = self._answer(operation, caller, path)
            return response if self.told is None else self.told(response, operation.name, caller)

        self.blueprint.add_url_rule(rule, operation.name, view, methods=[operation.method])

    def _answer(self, operation: Operation, caller: Caller, path: dict[str, str]) -> Response:
        if not caller.may(operation.permission):
            raise Denied("denied", f"This needs the permission {operation.permission}.")
        arguments: dict[str, Any] = {"caller": caller, **path}
        if operation.query is None:
            refuse_query()
        else:
            arguments["query"] = read_query(operation.query)

        if operation.upload is not None:
            arguments["upload"] = read_upload(operation.upload)

        def answer(made: Answer | Callable[[], Answer] | Response | None) -> Response:
            return respond(_told(made), operation.status)

        def work(working: Working) -> Callable[[], Response]:
            if operation.in_phases:
                arguments["claim"] = working.claim_for(answer)
            made = operation.handler(**arguments, claim_id=working.claim.id)
            return lambda: answer(made)

        meant = self.meant
        if operation.body is not None:
            g.meant = None if meant is None else lambda content: meant(content, operation.name, caller)
        if operation.body is not None and not operation.idempotent:
            arguments["body"] = read_body(operation.body)
        if not operation.idempotent:
            return answer(operation.handler(**arguments))
        key = request.headers.get("Idempotency-Key")
        return once(
            caller.business_id,
            route=" ".join(filter(None, (operation.method, self.prefix + operation.path, caller.keys_of))),
            key=key,
            read=lambda: _read_into(arguments, operation),
            work=work,
            status=operation.status,
            secret=operation.secret,
            in_phases=operation.in_phases,
        )


def _read_into(values: dict[str, Any], operation: Operation) -> Any:
    """Reads the body for the handler; answers what the Idempotency-Key stands for."""
    sent: Any = None
    if operation.body is not None:
        values["body"] = read_body(operation.body)
        sent = values["body"].model_dump(mode="json")
    return {"path": request.path, "body": sent}


def _told(made: Answer | Callable[[], Answer] | Response | None) -> Answer | Response | None:
    return made if made is None or isinstance(made, Answer | Response) else made()


def respond(answer: Answer | Response | None, status: int = 200) -> Response:
    """The HTTP answer for a handler's result; a Response passes as it is."""
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response(status=204)
    response = Response(answer.model_dump_json(), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
