"""The tools a JSON route is written with.

operation   Api: `@v1.post("/refunds", body=…, answer=…, permission=…)` declares and wires a route
shapes      strict pydantic models and the bounded field types they are made of
reading     the request's body and query, read strictly or refused
problems    every error as RFC 9457 `application/problem+json`
catalogue   each error code: its status, what it means, what to do about it
pagination  lists by key with an opaque cursor
openapi     the OpenAPI 3.1 document, drawn from the declared operations
"""
