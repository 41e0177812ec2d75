"""A channel of another package: found by its entry point, held to the same suite, refused when it cannot be one."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Channel
from app.lib.plugins import PluginRefused
from tests.contracts import test_notices, test_payments, test_refunds
from tests.contracts.simulator_peer import PretendPay
from tests.simulator.company import Company, Receiver

# A company that speaks as Pretend Pay does, under a name of its own.
POCKET_PAY = """
from app.domain.payments.channels.simulator.channel import SimulatorChannel

class PocketPay(SimulatorChannel):
    name = "pocketpay"
    title = "Pocket Pay"

class Nameless(PocketPay):
    name = "other"

class Untitled(PocketPay):
    title = None

class Incapable(PocketPay):
    capabilities = {"charge"}

class Formless(PocketPay):
    settings_schema = ["api_key"]

class Hasty(PocketPay):
    def close_payment(self, settings):
        return None

class Mute:
    name, title = "pocketpay", "Mute"
    capabilities, settings_schema = PocketPay.capabilities, ()

class Broken(PocketPay):
    def __init__(self):
        raise OSError("no licence")
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., registry.Channels]]:
    """A function that installs the package, with this name and class in its entry point; the registry it leads to."""

    def put(class_name: str, *, name: str = "pocketpay") -> registry.Channels:
        facts = tmp_path / "bursar_pocketpay-1.0.dist-info"
        facts.mkdir()
        (tmp_path / "bursar_pocketpay.py").write_text(POCKET_PAY)
        (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: bursar-pocketpay\nVersion: 1.0\n")
        (facts / "entry_points.txt").write_text(f"[bursar.channels]\n{name} = bursar_pocketpay:{class_name}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        return registry.Channels()

    yield put
    sys.modules.pop("bursar_pocketpay", None)


SUITE = (
    test_payments.test_a_payment_is_started_once_and_paid,
    test_payments.test_each_scene_shows_the_buyer_how_to_continue,
    test_payments.test_a_decline_has_our_word_for_it,
    test_payments.test_nobody_knows_what_was_never_started,
    test_payments.test_closing_ends_what_nobody_paid,
    test_refunds.test_all_can_be_refunded,
    test_refunds.test_a_refund_can_fail,
    test_notices.test_a_notice_says_what_a_query_would_return,
    test_notices.test_copies_are_the_same_notice,
)


def test_a_fifth_channel_is_found_by_its_entry_point_and_keeps_the_contract(
    install: Callable[..., registry.Channels], pretend_pay: Company
) -> None:
    known = install("PocketPay")
    fifth: Channel = known["pocketpay"]

    for test in SUITE:
        with contextlib.closing(Receiver()) as receiver:
            test(fifth, PretendPay(pretend_pay, receiver))

    assert {channel.name for channel in registry.OUR_OWN} < set(known)
    assert registry.methods(fifth)[0] == ("pocketpay", "web")


@pytest.mark.parametrize(
    ("class_name", "name", "why"),
    [
        ("PocketPay", "wallet", "there is a channel of this name already"),
        ("Nameless", "pocketpay", "its class calls itself 'other'"),
        ("Untitled", "pocketpay", "it has no title"),
        ("Incapable", "pocketpay", "its capabilities are no Capabilities"),
        ("Formless", "pocketpay", "its settings_schema is no tuple of SettingField"),
        ("Hasty", "pocketpay", "its method close_payment does not take 2 arguments"),
        ("Mute", "pocketpay", "it has no method start_payment"),
        ("Broken", "pocketpay", "no licence"),
        ("Nowhere", "pocketpay", "it cannot be loaded"),
    ],
)
def test_what_cannot_be_a_channel_is_refused_by_name(
    install: Callable[..., registry.Channels], class_name: str, name: str, why: str
) -> None:
    known = install(class_name, name=name)

    with pytest.raises(PluginRefused) as refused:
        known.get("simulator")

    assert f"channel {name!r} of bursar-pocketpay" in str(refused.value)
    assert why in str(refused.value)
