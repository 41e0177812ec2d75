"""What docs/reference says is what the code does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.api.v1.marketing.coupon_templates import CouponTemplateRequest
from app.api.v1.marketing.promotions import PromotionRequest
from app.core.settings import Settings
from app.domain.ledger.rules import ACCOUNT_KINDS
from app.domain.marketing.kinds import DISCOUNTS, KINDS, LAYERS
from app.domain.payments.channels import registry
from ops import reference
from ops.paths import ROOT
from tests.core.test_settings import GOOD


class Asked(Mapping[str, str]):
    """An environment that records which names were read."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values_, self.names = values, set[str]()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


@pytest.mark.parametrize("page", reference.pages(), ids=lambda page: page.name)
def test_tables_from_the_code_are_fresh(page: Path) -> None:
    assert page.read_text() == reference.filled(page.read_text()), "run: make docs"


def test_every_table_has_a_page() -> None:
    text = "".join(page.read_text() for page in reference.pages())

    assert set(reference.TABLES) == set(re.findall(r"from the code: (\w+)", text))


def test_every_setting_is_explained() -> None:
    request = Asked(GOOD)
    Settings.from_env(request)
    written = (reference.FOLDER / "settings.md").read_text().partition("## `make` only")[0]

    assert request.names == set(re.findall(r"^\| `(\w+)`", written, re.MULTILINE))


def test_every_account_is_explained() -> None:
    written = (reference.FOLDER / "ledger.md").read_text()

    assert [kind for kind in ACCOUNT_KINDS if f"| `{kind}` | " not in written] == []


def test_every_property_of_a_promotion_is_explained_and_no_other() -> None:
    written = (reference.FOLDER / "promotions.md").read_text().partition("## Properties of every rule")[2]
    explained = {
        name
        for row in re.findall(r"^\| (`.+?) \|", written.partition("## ")[0], re.MULTILINE)
        for name in row.split("`")[1::2]
    }

    declared = PromotionRequest.model_fields.keys() - {"name", "benefit", "currency"}

    assert explained == declared | {"combinable"}
    assert "combinable" in CouponTemplateRequest.model_fields


def test_every_kind_of_discount_has_its_place_and_its_words() -> None:
    assert set(DISCOUNTS) == set(KINDS)
    assert sorted(LAYERS.values()) == list(range(1, len(KINDS) + 1))


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (page.relative_to(ROOT).as_posix(), link)
        for page in pages
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    ]

    assert links
    assert [(page, link) for page, link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_every_address_of_a_company_is_written_down() -> None:
    written = (ROOT / "docs/reference/settings.md").read_text()

    addresses = {
        each for channel in registry.OUR_OWN for listed in channel.capabilities.hosts.values() for each in listed
    }

    assert {each for each in addresses if f"`{each}`" not in written} == set()
