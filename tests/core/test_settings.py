from __future__ import annotations

import base64

import pytest

from app.core.settings import BadSettings, Settings

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(range(100, 132))).decode()
GOOD = {
    "DATABASE_URL": "postgresql://me@db/shop",
    "REDIS_URL": "redis://cache/0",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
    "ENCRYPTION_KEY": KEY,
}


def test_the_least_that_is_needed_is_enough() -> None:
    settings = Settings.from_env(GOOD)

    assert settings.database_url == "postgresql+psycopg://me@db/shop"
    assert settings.encryption_keys == {"1": bytes(range(32))}
    assert not settings.secure_cookies


def test_cookies_are_secure_behind_https() -> None:
    assert Settings.from_env(GOOD | {"PUBLIC_URL": "https://pay.example/"}).secure_cookies


@pytest.mark.parametrize(
    ("scope", "header"),
    [(None, "max-age=31536000; includeSubDomains"), ("host", "max-age=31536000"), ("off", "")],
)
def test_browsers_stay_on_https_where_there_is_https(scope: str | None, header: str) -> None:
    values = GOOD | ({"HSTS": scope} if scope else {})

    assert Settings.from_env(values | {"PUBLIC_URL": "https://pay.example"}).transport_security == header
    assert Settings.from_env(values).transport_security == ""


def test_several_encryption_keys_come_newest_first() -> None:
    settings = Settings.from_env(GOOD | {"ENCRYPTION_KEY": f"b:{OTHER_KEY},a:{KEY}"})

    assert list(settings.encryption_keys) == ["b", "a"]


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_setting_refuses_to_start_and_names_itself(name: str, value: str | None) -> None:
    env = {key: stored for key, stored in GOOD.items() if key != name}
    if value is not None:
        env[name] = value

    with pytest.raises(BadSettings, match=name):
        Settings.from_env(env)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite:///shop.db"),
        ("DATABASE_URL", "mysql://me@db/shop"),
        ("REDIS_URL", "cache:6379"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 64),
        ("SECRET_KEY", "0123456789abcdefghijklmnopqrstu"),  # 31 characters
        ("ENCRYPTION_KEY", "not base64!"),
        ("ENCRYPTION_KEY", base64.b64encode(bytes(range(31))).decode()),
        ("ENCRYPTION_KEY", base64.b64encode(bytes(32)).decode()),
        ("ENCRYPTION_KEY", f"a:{KEY},"),
        (
            "ENCRYPTION_KEY",
            f"{KEY},{OTHER_KEY}",
        ),  # two keys, one name: what the first one encrypted could not be opened
        ("ENCRYPTION_KEY", f"a:{KEY},a:{OTHER_KEY}"),
        ("PUBLIC_URL", "pay.example"),
        ("LOG_LEVEL", "loud"),
        ("DATABASE_POOL", "0"),
        ("DATABASE_POOL", "-1"),
        ("DATABASE_POOL", "many"),
        ("DATABASE_POOL", "²"),
        ("RESOURCE_LIMITS", "products"),
        ("RESOURCE_LIMITS", "products=many"),
        ("RESOURCE_LIMITS", "products=-1"),
        ("RESOURCE_LIMITS", "products=²"),
        ("RETENTION_LIMITS", "requests=14"),
        ("RETENTION_LIMITS", "requests=-"),
        ("RETENTION_LIMITS", "requests=7-14-30"),
        ("RETENTION_LIMITS", "requests=a-b"),
    ],
)
def test_a_weak_or_wrong_setting_refuses_to_start_and_names_itself(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name):
        Settings.from_env(GOOD | {name: value})


def test_a_refusal_does_not_repeat_the_secret() -> None:
    with pytest.raises(BadSettings) as refused:
        Settings.from_env(GOOD | {"SECRET_KEY": "hunter2"})

    assert "hunter2" not in str(refused.value)


def test_addresses_of_companies_may_be_added_by_channel_and_mode() -> None:
    text = "stripe/test=http://127.0.0.1:9000, */test=http://10.0.0.5:* alipay/live=https://gateway.example"

    found = Settings.from_env({**GOOD, "CHANNEL_HOSTS": text}).channel_hosts

    assert [(each.channel, each.mode, str(each.origin), each.origin.is_near) for each in found] == [
        ("stripe", "test", "http://127.0.0.1:9000", True),
        ("*", "test", "http://10.0.0.5:*", True),
        ("alipay", "live", "https://gateway.example", False),
    ]


@pytest.mark.parametrize(
    "text",
    ["stripe", "stripe=https://a.example", "stripe/beta=https://a.example", "/test=https://a.example",
     "a/test=ftp://a.example", "a/test=https://a.example/path", "a/test=https://u@a.example", "a/live=http://a.example",
     "a/live=https://a.example:*", "a/live=https://127.0.0.1", "a/live=https://localhost", "a/live=https://10.1"],
)  # fmt: skip
def test_addresses_that_cannot_be_added(text: str) -> None:
    with pytest.raises(BadSettings, match="CHANNEL_HOSTS"):
        Settings.from_env({**GOOD, "CHANNEL_HOSTS": text})


def test_ports_of_webhooks() -> None:
    assert Settings.from_env(GOOD).webhook_ports == {443, 8443}
    assert Settings.from_env({**GOOD, "WEBHOOK_PORTS": "443, 10443"}).webhook_ports == {443, 10443}
    for text in ("https", "0", "70000", "443,"):
        with pytest.raises(BadSettings, match="WEBHOOK_PORTS"):
            Settings.from_env({**GOOD, "WEBHOOK_PORTS": text})


def test_limits_of_all_businesses_are_read_by_name() -> None:
    limits = {"RESOURCE_LIMITS": "products=500, partners=20", "RETENTION_LIMITS": "requests=7-30 mails=-365,unpaid=30-"}

    found, without = Settings.from_env(GOOD | limits), Settings.from_env(GOOD)

    assert found.resource_limits == {"products": 500, "partners": 20}
    assert found.retention_limits == {"requests": (7, 30), "mails": (None, 365), "unpaid": (30, None)}
    assert without.resource_limits == without.retention_limits == {}
