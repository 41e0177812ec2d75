"""Files of pictures. No database is asked: who knows the address may see the picture."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, request

from app.core.files import pictures, store

blueprint = Blueprint("pictures", __name__, url_prefix="/pictures")

_PARTS = re.compile(r"[0-9a-f]{32}/[0-9a-f]{40}/[0-9]{1,5}")
CACHE = "public, max-age=31536000, immutable"


@blueprint.get("/<business>/<token>/<int:width>.webp")
def get(business: str, token: str, width: int) -> Response:
    if not _PARTS.fullmatch(f"{business}/{token}/{width}"):
        abort(404)
    answer = Response(mimetype=pictures.MEDIA_TYPE)
    answer.set_etag(f"{token[:20]}-{width}")
    answer.headers["Cache-Control"] = CACHE
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    content = store.get(store.part_of(f"images/{business}/{token[:2]}/{token[2:]}", str(width)))
    answer.set_data(content)
    return answer.make_conditional(request)  # type: ignore[return-value]
