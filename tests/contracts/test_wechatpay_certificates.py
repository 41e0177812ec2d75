"""WeChat Pay's platform certificates: fetched when they are needed, changed without anybody noticing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from app.domain.payments.channels.types import NoticeRefused, Settings
from app.domain.payments.channels.wechatpay import certificates
from app.domain.payments.channels.wechatpay.channel import WechatPayChannel
from app.domain.payments.channels.wechatpay.signing import Misconfigured
from sandbox.simulator.wechat import keys
from tests.contracts.operations import new_ref, paid, pay_request, refund, started
from tests.contracts.wechatpay_peer import WeChatPay, key_pair
from tests.simulator.company import Company, Message, Receiver

wechat = WechatPayChannel()


class Certified(WeChatPay):
    """A merchant without a public key: it has to fetch the platform certificates."""

    def __init__(self, company: Company, receiver: Receiver) -> None:
        super().__init__(company, receiver)
        self.settings = self.settings | {"platform_keys": ""}
        self.change_key("them")

    def change_key(self, of: str) -> str:
        """From now on they sign with this key and a certificate of its own; the certificate."""
        issued = self._company.admin(
            "POST", f"/wechat/merchants/{self.merchant_ref}/certificates", {"private_key": key_pair(of)}
        )
        self.merchant |= {"platform_serial": issued["serial"], "platform_private_key": key_pair(of)}
        return str(issued["certificate"])

    def fetches(self) -> int:
        calls = self._company.admin("GET", "/calls")["data"]
        return sum(call["merchant_id"] == self.merchant_ref and call["operation"] == "certificates" for call in calls)

    def break_fetching(self, behavior: str) -> None:
        self._company.script("certificates", behavior, scope="payment", out_trade_no=self.merchant_ref, times=1)


@pytest.fixture
def peer(simulator: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Certified]:
    monkeypatch.setattr(certificates, "PAUSE_S", 10.0**9)  # however slow the machine is
    company = Company(simulator)
    yield Certified(company, receiver)
    company.client.close()


def refused(peer: Certified, message: Message) -> str:
    with pytest.raises(NoticeRefused) as refusal:
        wechat.read_notice(peer.settings, message.headers, message.body)
    return refusal.value.code


def test_certificates_are_fetched_once_and_believed(peer: Certified) -> None:
    ref = paid(wechat, peer)

    notice = wechat.read_notice(peer.settings, peer.notices(1)[0].headers, peer.notices(1)[0].body)

    assert (notice.our_ref, notice.outcome.status) == (ref, "succeeded")
    assert wechat.query_payment(peer.settings, ref).status == "succeeded"
    assert peer.fetches() == 1


def test_a_change_of_certificates_stops_nothing(peer: Certified) -> None:
    ref = paid(wechat, peer)
    before = peer.notices(1)[0]
    peer.change_key("us")

    result = wechat.query_payment(peer.settings, ref)
    refund(wechat, peer, ref, 100)
    after = peer.notices(2)[1]
    notices = [wechat.read_notice(peer.settings, each.headers, each.body) for each in (before, after, before)]

    assert result.status == "succeeded"
    assert [notice.operation for notice in notices] == ["charge", "refund", "charge"]
    assert before.headers["Wechatpay-Serial"] != after.headers["Wechatpay-Serial"]
    assert peer.fetches() == 2
    stored = wechat.fetched_keys(peer.settings)
    assert stored is not None
    certificates.forget()  # as in another process: what the account keeps is enough
    settings = peer.settings | stored
    notices = [wechat.read_notice(settings, each.headers, each.body) for each in (before, after)]
    assert [notice.operation for notice in notices] == ["charge", "refund"]
    assert (peer.fetches(), wechat.fetched_keys(settings)) == (2, None)


def test_what_an_account_keeps_is_believed_of_the_same_account_only(peer: Certified) -> None:
    paid(wechat, peer)
    message = peer.notices(1)[0]
    stored = wechat.fetched_keys(peer.settings)
    assert stored is not None
    certificates.forget()

    peer.settings = peer.settings | stored | {"mchid": "1234567890"}

    assert refused(peer, message) == "unknown_serial"


def test_no_notice_makes_us_ask(peer: Certified) -> None:
    ref = paid(wechat, peer)
    message = peer.notices(1)[0]
    asked_before = peer.fetches()

    def signed_by(serial: str) -> Message:
        return Message(message.headers | {"Wechatpay-Serial": serial}, message.body)

    verdicts = {refused(peer, signed_by(f"B{number:039d}")) for number in range(20)}
    verdicts.add(refused(peer, signed_by("PUB_KEY_ID_0000")))

    assert verdicts == {"unknown_serial"}
    assert peer.fetches() == asked_before
    assert wechat.read_notice(peer.settings, message.headers, message.body).our_ref == ref


def test_a_notice_says_whether_asking_could_help(peer: Certified) -> None:
    paid(wechat, peer)
    message = peer.notices(1)[0]
    wants = {}

    for serial in ("B" * 40, "PUB_KEY_ID_0000", "no serial", "A" * 41):
        with pytest.raises(NoticeRefused) as refusal:
            wechat.read_notice(peer.settings, message.headers | {"Wechatpay-Serial": serial}, message.body)
        wants[serial] = refusal.value.wants_key

    assert wants == {"B" * 40: True, "PUB_KEY_ID_0000": False, "no serial": False, "A" * 41: False}


def test_learning_brings_the_new_key_and_says_whether_it_did(peer: Certified) -> None:
    ref = paid(wechat, peer)
    body = peer.notices(1)[0].body
    peer.change_key("us")
    new = Message(peer.sign(body, int(time.time())), body)

    before = refused(peer, new)
    learns = [wechat.fetch_keys(peer.settings), wechat.fetch_keys(peer.settings)]

    assert (before, learns) == ("unknown_serial", [True, False])
    assert wechat.read_notice(peer.settings, new.headers, new.body).our_ref == ref


def test_nobody_waits_for_the_caller(peer: Certified, monkeypatch: pytest.MonkeyPatch) -> None:
    started_calls, go_on = threading.Semaphore(0), threading.Event()
    fetch = certificates._fetched

    def hangs(settings: Settings) -> object:
        started_calls.release()
        assert go_on.wait(60)
        return fetch(settings)

    monkeypatch.setattr(certificates, "_fetched", hangs)
    reach = copy_context()
    with ThreadPoolExecutor(certificates.MAX_CONCURRENT_FETCHES + 1) as pool:
        asking = [pool.submit(reach.copy().run, _is_ensured, peer) for _ in range(certificates.MAX_CONCURRENT_FETCHES)]
        for _ in asking:
            assert started_calls.acquire(timeout=60)
        one_too_many = pool.submit(reach.copy().run, _is_ensured, peer).result(60)  # answered while the others hang
        go_on.set()
        ends = [each.result(60) for each in asking]

    assert (one_too_many, ends) == (False, [True] * certificates.MAX_CONCURRENT_FETCHES)


def _is_ensured(peer: Certified) -> bool:
    try:
        certificates.ensure_one(peer.settings)
    except Misconfigured:
        return False
    return True


def test_only_what_is_sealed_with_our_key_is_a_certificate(peer: Certified) -> None:
    paid(wechat, peer)
    message = peer.notices(1)[0]
    peer.settings = peer.settings | {"api_v3_key": "0" * 32}

    assert (refused(peer, message), wechat.fetch_keys(peer.settings)) == ("unknown_serial", False)
    result = wechat.query_payment(peer.settings, new_ref())
    assert (result.status, result.decline_code) == ("unknown", "channel_misconfigured")


def test_a_fetch_that_is_lost_is_made_up_for(peer: Certified, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "PAUSE_AFTER_TROUBLE_S", 0.0)
    ref = new_ref()
    peer.break_fetching("drop")

    lost = wechat.start_payment(peer.settings, pay_request(wechat, peer, ref))

    assert (lost.status, lost.exchanges[0].http_status) == ("failed", None)  # nothing was started
    assert wechat.start_payment(peer.settings, pay_request(wechat, peer, ref)).status == "pending"


def test_a_merchant_without_any_key_begins_nothing(simulator: str, receiver: Receiver) -> None:
    company = Company(simulator)
    peer = WeChatPay(company, receiver)

    outcome = wechat.start_payment(peer.settings | {"platform_keys": ""}, pay_request(wechat, peer, new_ref()))

    assert (outcome.status, outcome.decline_code) == ("failed", "channel_misconfigured")
    company.client.close()


def test_certificates_and_public_keys_count_side_by_side(peer: Certified) -> None:
    ref = paid(wechat, peer)
    old = peer.notices(1)[0]
    public = f"PUB_KEY_ID_1: {keys.public_of(key_pair('us'))}"
    both = peer.settings | {"platform_keys": public}

    assert wechat.read_notice(both, old.headers, old.body).our_ref == ref
    peer.merchant |= {"platform_serial": "PUB_KEY_ID_1", "platform_private_key": key_pair("us")}
    headers = peer.sign(old.body, int(time.time()))
    assert wechat.read_notice(both, headers, old.body).our_ref == ref
    assert started(wechat, peer)
