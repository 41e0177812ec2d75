"""Pictures in the docs: each is there, shown, and taken by a story."""

from __future__ import annotations

import pytest

from ops import pictures
from ops.console import OpsError


def test_every_picture_that_a_document_shows_has_a_story_that_takes_it() -> None:
    without = {name for name in pictures.shown() if not list(pictures.stories_of(name))}

    assert without == set()
    assert len(pictures.shown()) > 20


def test_every_picture_is_shown_by_a_document() -> None:
    there = {file.stem for file in pictures.TARGET.glob("*.png")}

    assert there == pictures.shown()


def test_a_picture_that_no_document_shows_is_not_taken() -> None:
    with pytest.raises(OpsError, match="no document shows nothing-like-it"):
        pictures.main(["nothing-like-it"])

    assert list(pictures.stories_of("nothing-like-it")) == []
