"""Sessions that a configuration opens for buyers nobody knows yet."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import settings
from app.core.errors import NotFound, TooMany
from app.core.ids import new_id, show
from app.core.limits.ratelimit import Counter
from app.domain.catalog.errors import NotOnSale
from app.domain.orders.errors import ConfigurationInactive
from app.domain.orders.models import CheckoutSession
from app.domain.orders.types import SessionTerms
from app.workflow.catalog import manage_catalog
from app.workflow.checkout import open_configured
from app.workflow.checkout.manage_configurations import archive_configuration
from tests.factories.configurations import PAGE, make_configuration
from tests.factories.shop import Shop


@pytest.fixture
def counter(shop: Shop) -> Counter:
    assert shop
    return Counter(settings.current().redis_url)


def test_a_session_is_as_the_configuration_says_for_a_guest_of_its_own(shop: Shop, counter: Counter) -> None:
    terms = SessionTerms(quantity_changeable=False, channels=("simulator",))
    configuration_id = make_configuration(shop, quantity=2, terms=terms, metadata={"page": "start"})

    opened = _open(shop, counter, configuration_id, page_origin=PAGE)

    session = _session(shop, opened.session_id)
    assert (session.configuration_id, session.items[0]["quantity"]) == (configuration_id, 2)
    assert session.buyer_reference == f"guest_{show('ses', opened.session_id)}"
    assert (session.buyer_signed_in, session.currency) == (False, "USD")
    assert session.terms == {"quantity_changeable": False, "channels": ["simulator"]}
    assert session.details == {"metadata": {"page": "start"}, "page_origin": PAGE}


@pytest.mark.parametrize(
    ("page", "own", "browser", "taken"),
    [("fr", "de", "it", "fr"), (None, "de", "it", "de"), (None, None, "it", "it"), (None, None, None, "en")],
)
def test_the_page_s_language_comes_first_and_the_browser_s_last(
    shop: Shop, counter: Counter, page: str | None, own: str | None, browser: str | None, taken: str
) -> None:
    configuration_id = make_configuration(shop, locale=own)

    opened = _open(shop, counter, configuration_id, locale=page, browser_locale=browser)

    assert _session(shop, opened.session_id).locale == taken


def test_the_same_session_again_is_one_with_a_fresh_secret(shop: Shop, counter: Counter) -> None:
    configuration_id, session_id = make_configuration(shop), new_id()

    first = _open(shop, counter, configuration_id, session_id=session_id)
    again = _open(shop, counter, configuration_id, session_id=session_id)

    assert first.session_id == again.session_id == session_id
    assert first.client_secret != again.client_secret
    assert _sessions(shop) == 1


def test_what_is_switched_off_gone_or_not_on_sale_opens_nothing(shop: Shop, counter: Counter) -> None:
    archived, sold_no_more = make_configuration(shop), make_configuration(shop)
    archive_configuration(shop.business_id, archived)
    manage_catalog.unpublish_product(shop.business_id, shop.product_id, actor="test")

    for configuration_id, error in (
        (archived, ConfigurationInactive),
        (sold_no_more, NotOnSale),
        (new_id(), NotFound),
    ):
        with pytest.raises(error):
            _open(shop, counter, configuration_id)

    assert _sessions(shop) == 0


def test_one_network_opens_so_many_and_another_goes_on(shop: Shop, counter: Counter) -> None:
    configuration_id = make_configuration(shop)
    limit = open_configured.OF_ADDRESS
    for _ in range(limit.times):
        counter.hit(limit, f"{shop.business_id} 198.51.100.7")

    with pytest.raises(TooMany) as refused:
        _open(shop, counter, configuration_id, address="198.51.100.7")
    _open(shop, counter, configuration_id, address="203.0.113.7")

    assert 0 < refused.value.details["retry_after_s"] <= limit.window_s
    assert _sessions(shop) == 1


def test_a_trial_sells_a_configuration_or_one_unit_of_a_sku(shop: Shop, counter: Counter) -> None:
    configuration_id = make_configuration(shop, quantity=3)

    def units(sells: str) -> int:
        opened = open_configured.open_trial(shop.business_id, sells, counter=counter, address=None)
        return int(_session(shop, opened.session_id).items[0]["quantity"])

    assert (units(show("cfg", configuration_id)), units(show("sku", shop.sku_id))) == (3, 1)
    for sells in ("nonsense", show("cfg", new_id()), show("sku", new_id())):
        with pytest.raises(NotFound):
            units(sells)


def test_a_link_finds_whose_configuration_it_names(new_shop: Callable[..., Shop]) -> None:
    ours, theirs = new_shop(), new_shop()
    configurations = [make_configuration(shop) for shop in (ours, theirs)]

    found = [open_configured.business_of(each) for each in configurations]

    assert found == [ours.business_id, theirs.business_id]
    with pytest.raises(NotFound):
        open_configured.business_of(new_id())


def _open(shop: Shop, counter: Counter, configuration_id: uuid.UUID, **more: Any) -> Any:
    about = {"counter": counter, "address": None, **more}
    return open_configured.open_configured(shop.business_id, configuration_id, **about)


def _session(shop: Shop, session_id: uuid.UUID) -> Any:
    table = CheckoutSession.__table__
    return shop.one(select(table).where(table.c.id == session_id))


def _sessions(shop: Shop) -> int:
    return int(shop.one(select(func.count()).select_from(CheckoutSession.__table__))[0])
