"""What a view says of itself: who may open it, which proof it wants, and what may be sent to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])
_NAME = "marks"  # the view's attribute; functools.wraps hands it on


@dataclass(frozen=True)
class Marks:
    """The marks of one view: the permission that a portal page takes (None: it declares none), how old the proof of who
    asks may be (None: any), whether it goes without a CSRF token, the most bytes of a file sent to it, and
    whether it goes on when the business is closed, where its permission does not."""

    permission: str | None = None
    reauthentication: timedelta | None = None
    without_csrf: bool = False
    most_bytes: int | None = None
    is_ending: bool = False


_NONE = Marks()


def marks_of(view: object) -> Marks:
    """The marks of a view, which may be none."""
    found: Marks = getattr(view, _NAME, _NONE)
    return found


def mark(view: View, marks: Marks) -> View:
    """Put these marks on a view, in the place of those it has."""
    vars(view)[_NAME] = marks
    return view


def without_csrf(view: View) -> View:
    """Mark a view whose writes are guarded by something better than a cookie, such as a secret in the request."""
    return mark(view, replace(marks_of(view), without_csrf=True))


def takes_files(most_bytes: int) -> Callable[[View], View]:
    """Mark a view to which somebody who is signed in may send files; any other body stays small."""

    def with_files(view: View) -> View:
        return mark(view, replace(marks_of(view), most_bytes=most_bytes))

    return with_files
