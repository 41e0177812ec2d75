"""The built SDK: any page may load it, also with an integrity hash; a versioned path never changes."""

from __future__ import annotations

from pathlib import Path, PurePath

from flask import Blueprint, Response, current_app, send_from_directory

blueprint = Blueprint("sdk_files", __name__)

MOVING = "v1"
MOVING_CACHE = "public, max-age=300, stale-while-revalidate=86400"
FIXED_CACHE = "public, max-age=31536000, immutable"


@blueprint.get("/static/sdk/<version>/<path:filename>")
def get(version: str, filename: str) -> Response:
    folder = Path(str(current_app.static_folder)) / "sdk" / version
    response = send_from_directory(folder, filename)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = MOVING_CACHE if version == MOVING else FIXED_CACHE
    if filename.endswith((".js", ".mjs")):
        # Here and not in the file, where each byte counts.
        response.headers["SourceMap"] = f"{PurePath(filename).name}.map"
    if filename.endswith(".mjs"):
        response.mimetype = "text/javascript"
    return response
