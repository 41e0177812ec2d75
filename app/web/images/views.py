"""Files of images. No database is asked: who knows the address may see the image."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, request

from app.core.files import images, store

blueprint = Blueprint("images", __name__, url_prefix="/images")

_PARTS = re.compile(r"[0-9a-f]{32}/[0-9a-f]{40}/[0-9]{1,5}")
CACHE = "public, max-age=31536000, immutable"


@blueprint.get("/<business>/<token>/<int:width>.webp")
def get(business: str, token: str, width: int) -> Response:
    if not _PARTS.fullmatch(f"{business}/{token}/{width}"):
        abort(404)
    answer = Response(mimetype=images.MEDIA_TYPE)
    answer.set_etag(f"{token[:20]}-{width}")
    answer.headers["Cache-Control"] = CACHE
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    content = store.get(store.part_of(f"images/{business}/{token[:2]}/{token[2:]}", str(width)))
    answer.set_data(content)
    return answer.make_conditional(request)  # type: ignore[return-value]
