"""The other side of each channel that deducts: the buyer who agrees, and faults on demand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from app.core.money import Money
from app.domain.payments.channels.types import ContractOutcome
from tests.contracts.alipay_peer import NOBODY, AlipayPeer
from tests.contracts.simulator_peer import PretendPay
from tests.contracts.stripe_peer import Stripe
from tests.simulator.company import Company, Message, Receiver


class RecurringPeer(Protocol):
    """An account of ours at a company that deducts, and a buyer."""

    name: str
    settings: dict[str, str]
    notify_url: str
    price: Money
    impatience_s: str
    no_money: str
    """What the company calls it when the buyer's account is empty."""

    def agree(self, ref: str, outcome: ContractOutcome, /) -> None:
        """The buyer goes where the outcome sends, and signs."""

    def approve(self, ref: str) -> None:
        """A deduction that waits is made."""

    def script(self, operation: str, behavior: str, ref: str, value: str | int | None = None) -> None:
        """The next `operation` on `ref` goes wrong like this, once."""

    def script_contract(self, operation: str, behavior: str, ref: str) -> None:
        """The same for an operation on a contract."""

    def wait_for_script(self, ref: str) -> None:
        """Returns when the script of `ref` had its turn."""

    def contract_notices(self, ref: str, how_many: int) -> list[Message]:
        """So many notices about the contract; none before they came."""

    def without_contracts(self) -> list[dict[str, str]]:
        """Settings with which no contract can be begun."""


class PretendPayContracts(PretendPay):
    """Pretend Pay's own contracts."""

    name = "simulator"
    no_money = "insufficient_funds"

    def agree(self, _ref: str, outcome: ContractOutcome) -> None:
        assert outcome.action
        client, url = self._company.client, outcome.action["url"]
        assert "may take money" in client.get(url).text
        back = client.post(url, data={"action": "sign"})
        assert back.status_code == 303, back.text

    def script_contract(self, operation: str, behavior: str, ref: str) -> None:
        self.script(operation, behavior, ref)

    def contract_notices(self, ref: str, how_many: int) -> list[Message]:
        found = [each for each in self._receiver.messages if each.data.get("out_contract_no") == ref]
        return found if len(found) >= how_many else []

    def without_contracts(self) -> list[dict[str, str]]:
        return [self.settings | {"api_key": ""}, self.settings | {"api_key": "not-ours"}]


class AlipayContracts(AlipayPeer):
    """Alipay's agreements."""

    name = "alipay"
    notify_url = NOBODY
    price = Money(1980, "CNY")
    impatience_s = "0.3"
    no_money = "ACQ.BUYER_BALANCE_NOT_ENOUGH"

    def __init__(self, company: Company, _: Receiver) -> None:
        super().__init__(company)
        self.settings |= {"deduction_product": "GENERAL_WITHHOLDING_P", "sign_scene": "INDUSTRY|DIGITAL_MEDIA"}

    def agree(self, ref: str, outcome: ContractOutcome | str = "sign") -> None:
        assert not isinstance(outcome, str)
        assert outcome.action
        self.company.client.get(outcome.action["url"])
        super().agree(ref)

    def approve(self, ref: str) -> None:
        self.decide(ref, "approve")

    def script_contract(self, operation: str, behavior: str, ref: str) -> None:
        del ref  # they are found by the app
        self.script(operation, behavior, self.settings["app_id"])

    def contract_notices(self, ref: str, how_many: int) -> list[Message]:
        return [Message({}, body) for body in self.notices(ref.replace("_", ""), how_many)]

    def without_contracts(self) -> list[dict[str, str]]:
        return [self.settings | {name: ""} for name in ("deduction_product", "sign_scene")]


class StripeContracts(Stripe):
    """Saved payment methods."""

    name = "stripe"
    no_money = "insufficient_funds"

    def agree(self, _ref: str, outcome: ContractOutcome) -> None:
        assert outcome.action
        client, url = self._company.client, outcome.action["url"]
        assert "may take money" in client.get(url).text
        assert client.post(url, data={"action": "sign"}).status_code == 303

    def script_contract(self, operation: str, behavior: str, ref: str) -> None:
        self.script(operation, behavior, ref)

    def contract_notices(self, ref: str, how_many: int) -> list[Message]:
        found = [each for each in self._receiver.messages if each.data["type"] == "setup_intent.succeeded"]
        mine = [each for each in found if each.data["data"]["object"]["metadata"]["bursar_contract"] == ref]
        return mine if len(mine) >= how_many else []

    def without_contracts(self) -> list[dict[str, str]]:
        return [self.settings | {"secret_key": ""}, self.misconfigured()]


RECURRING: dict[str, Callable[[Company, Receiver], RecurringPeer]] = {
    "simulator": PretendPayContracts,
    "alipay": AlipayContracts,
    "stripe": StripeContracts,
}
