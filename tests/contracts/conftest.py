"""Each test of a channel gets the channel, and its company with an account made for this test."""

from collections.abc import Iterator

import pytest

from app.core import http
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Channel
from app.lib.destinations import Destinations, Origin
from tests.contracts.peers import OUTSIDE, PEERS, Peer
from tests.simulator.company import Company, Receiver


@pytest.fixture(params=OUTSIDE)
def channel(request: pytest.FixtureRequest) -> Channel:
    return registry.CHANNELS[request.param]


@pytest.fixture(autouse=True)
def reach() -> Iterator[None]:
    """Channels are called here without the workflow that lets them out: to companies on this machine only."""
    with http.allowed(Destinations("companies", (Origin("http", "127.0.0.1", 0, is_near=True),))):
        yield


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = Receiver()
    yield listening
    listening.close()


@pytest.fixture(scope="session")
def pretend_pay(simulator: str) -> Company:
    return Company(simulator)


@pytest.fixture
def peer(channel: Channel, pretend_pay: Company, receiver: Receiver) -> Peer:
    return PEERS[channel.name](pretend_pay, receiver)
