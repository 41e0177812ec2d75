"""After a rotation the old key can be thrown away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.core import db, states
from app.core.db.models import IdempotencyKey
from app.core.ids import new_id
from app.core.security import crypto
from app.domain.catalog.models import Product, Sku
from app.domain.fulfilment.kinds.licence_key import key_context
from app.domain.fulfilment.models import LicenceKey
from app.domain.fulfilment.states import LICENCE_KEY
from app.domain.payments.models import ChannelAccount
from app.domain.payments.types import Payee
from app.domain.settlement.partners.models import Partner
from app.domain.settlement.partners.service import payee_context
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.people.check_second_factor import check_second_factor
from app.workflow.fulfilment import deliver_line
from app.workflow.operations import rotate_secrets
from app.workflow.payments import manage_channels
from app.workflow.settlement import change_payee
from app.workflow.steps.orders import remote_reservations
from ops.paths import ROOT
from tests.factories.partners import sharer_of
from tests.factories.people import code_now, make_user, set_up_app
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")

NEW = bytes(range(50, 82))


@pytest.fixture
def old() -> Iterator[dict[str, bytes]]:
    """The keys from before; afterwards everything is encrypted under them again."""
    stored = dict(crypto._keys)
    yield stored
    crypto.use_keys({**stored, "new": NEW})
    rotate_secrets.rotate_secrets()
    crypto.use_keys(stored)


def test_after_a_rotation_the_old_key_can_be_dropped(shop: Shop, old: dict[str, bytes]) -> None:
    key_id, claim_id, sku_id = new_id(), new_id(), new_id()
    with db.phase("test.encrypt", shop.business_id):
        ciphertext = crypto.encrypt("ABCD-1234", context=key_context(key_id))
        db.add(LicenceKey, id=key_id, sku_id=shop.sku_id, ciphertext=ciphertext, fingerprint="f")
        states.born(LICENCE_KEY, key_id, reason="test", actor="test")
        secret = crypto.encrypt("whsec", context=deliver_line.encryption_context(shop.product_id))
        db.write(db.change(Product, shop.product_id, delivery={"url": "https://v1.example", "secret": secret}))
        result = crypto.encrypt("{}", context=f"idempotency_keys/{claim_id}/answer")
        db.add(IdempotencyKey, id=claim_id, route="r", key="k" * 8, body_hash="h", answer={"ciphertext": result})
        outside = crypto.encrypt("whsec", context=remote_reservations.encryption_context(sku_id))
        db.add(
            Sku,
            id=sku_id,
            product_id=shop.product_id,
            code="OUT",
            name="Seat",
            price_minor=1,
            currency="USD",
            participant={"url": "https://v1.example", "secret": outside},
        )
    user = make_user(shop.business_id)
    app_secret = set_up_app(user)
    crypto.use_keys({"new": NEW, **old})

    first, again = rotate_secrets.rotate_secrets(), rotate_secrets.rotate_secrets()

    assert (first.reencrypted >= 6, first.lost) == (True, [])
    assert (again.reencrypted, again.lost) == (0, [])
    assert set(rotate_secrets.count_by_key()) == {"new"}
    crypto.use_keys({"new": NEW})
    assert check_second_factor(user.user_id, code_now(app_secret))
    shop.paid_order()
    product = shop.one(Product.__table__.select().where(Product.id == shop.product_id))
    assert product.delivery["url"] == "https://v1.example"
    assert (
        crypto.decrypt(product.delivery["secret"], context=deliver_line.encryption_context(shop.product_id)) == "whsec"
    )
    sku = shop.one(Sku.__table__.select().where(Sku.id == sku_id))
    assert crypto.decrypt(sku.participant["secret"], context=remote_reservations.encryption_context(sku_id)) == "whsec"
    key = shop.one(LicenceKey.__table__.select().where(LicenceKey.id == key_id))
    assert crypto.decrypt(key.ciphertext, context=key_context(key_id)) == "ABCD-1234"
    claim = shop.one(IdempotencyKey.__table__.select().where(IdempotencyKey.id == claim_id))
    assert crypto.decrypt(claim.answer["ciphertext"], context=f"idempotency_keys/{claim_id}/answer") == "{}"


def test_a_partner_is_paid_to_an_account_that_was_sealed_under_the_old_key(shop: Shop, old: dict[str, bytes]) -> None:
    sharer = sharer_of(shop)
    ada, ben = sharer.partner(), sharer.partner("Ben")
    sharer.pay_to(ada)
    payee = Payee(account="DE02 1203 0000 0000 2020 51", name="Ben")
    approval_id = change_payee.request(shop.business_id, ben, payee, actor=sharer.maker)
    crypto.use_keys({"new": NEW, **old})

    done = rotate_secrets.rotate_secrets()
    crypto.use_keys({"new": NEW})
    decide_approval.approve(shop.business_id, approval_id, actor=sharer.checker)

    assert done.lost == []
    rows = shop.many(Partner.__table__.select().order_by(Partner.name))
    assert [crypto.decrypt(row.payee_account, context=payee_context(row.id)) for row in rows] == [
        "DE89370400440532013000",
        "DE02120300000000202051",
    ]


def test_a_rotation_that_was_stopped_goes_on(
    shop: Shop, old: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"merchant_id": shop.merchant_id, "api_key": "k", "previous_api_key": "p"}
    manage_channels.add_channel_account(shop.business_id, channel="simulator", name="Second", values=values)
    monkeypatch.setattr(rotate_secrets, "BATCH", 1)
    crypto.use_keys({"new": NEW, **old})
    real, done = crypto.reencrypt, []

    def stops(text: str, *, context: str) -> str:
        if done:
            raise KeyboardInterrupt
        done.append(context)
        return real(text, context=context)

    monkeypatch.setattr(crypto, "reencrypt", stops)
    with pytest.raises(KeyboardInterrupt):
        rotate_secrets.rotate_secrets()
    monkeypatch.setattr(crypto, "reencrypt", real)

    rotate_secrets.rotate_secrets()

    assert set(rotate_secrets.count_by_key()) == {"new"}


def test_what_no_key_opens_is_named_and_left_as_it_is(shop: Shop, old: dict[str, bytes], app: Flask) -> None:
    crypto.use_keys({"gone": bytes(range(90, 122))})
    with db.phase("test.encrypt", shop.business_id):
        lost = crypto.encrypt("x", context="anything")
        db.write(db.change(ChannelAccount, shop.account_id, settings={"api_key": lost}))
    crypto.use_keys({"new": NEW, **old})

    result = app.test_cli_runner().invoke(args=["rotate-secrets"])

    assert result.exit_code == 1
    assert f"channel_accounts {shop.account_id} api_key" in result.output + result.stderr
    account = shop.one(ChannelAccount.__table__.select().where(ChannelAccount.id == shop.account_id))
    assert account.settings == {"api_key": lost}
    with db.phase("test.mend", shop.business_id):
        db.write(db.change(ChannelAccount, shop.account_id, settings={}))


# Of a page's addresses, and of what may be forgotten at any moment: nothing that a lost key could lose.
_PASSING = ("app/core/ephemeral.py", "app/web/buyers.py")
_MANAGED = (
    "notifications/manage_alerts",
    "ledger/manage_bank_accounts",
    "payments/manage_channels",
    "fulfilment/manage_delivery",
    "catalog/manage_participant",
    "accounts/people/manage_second_factor",
    "settlement/change_payee",
    "webhooks/manage_webhooks",
)


def test_every_file_that_seals_is_known_to_the_rotation() -> None:
    sealing = {
        path.relative_to(ROOT).as_posix()
        for path in Path(ROOT, "app").rglob("*.py")
        if re.search(r"crypto\.encrypt\(", path.read_text())
    }

    managing = {f"app/workflow/{what}.py" for what in _MANAGED}
    others = {
        "app/api/kit/once.py",
        "app/workflow/steps/payments/request_channel_change.py",
        "app/workflow/accounts/erase_buyer.py",
        "app/workflow/accounts/lifecycle/erase_business.py",
        "app/workflow/buyers/prove_mailbox.py",
        "app/workflow/operations/rehearse_orders.py",  # licence keys, which are rotated wherever they came from
    }
    assert sealing == {*others, *_PASSING, *managing}
