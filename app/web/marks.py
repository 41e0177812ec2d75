"""What a view says of itself: that it needs no CSRF token, or that files may be sent to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def without_csrf(view: View) -> View:
    """Mark a view whose writes are guarded by something better than a cookie, such as a secret in the request."""
    view.without_csrf = True  # type: ignore[attr-defined]
    return view


def takes_files(most_bytes: int) -> Callable[[View], View]:
    """Mark a view to which somebody who is signed in may send files; any other body stays small."""

    def mark(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return mark
