"""What Pretend Pay can say is known to its channel and written down."""

from app.domain.payments.channels.simulator import mapping
from ops.paths import ROOT
from sandbox.simulator import misbehave, payments, refunds, scripts

REFERENCE = (ROOT / "docs/reference/simulator.md").read_text()


def test_every_reason_has_a_word_of_ours() -> None:
    assert {*payments.DECLINE_REASONS, *refunds.FAIL_CODES} <= set(mapping.DECLINES)
    assert mapping.decline("something new") == "declined"
    assert mapping.refusal("query", 503, "payment_not_found") == "unknown"


def test_every_script_is_in_the_reference() -> None:
    words = {*scripts.OPERATIONS, *scripts.ALL_BEHAVIORS, *misbehave.GARBAGE_KINDS, *payments.DECLINE_REASONS}

    assert not {word for word in words if f"`{word}`" not in REFERENCE}
