"""What may be forgotten at any moment: small things kept for a while in Redis, encrypted; without Redis they are
not."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import redis

from app.core import settings
from app.core.security import crypto

_PREFIX = "bursar:ephemeral:"


def put(name: str, value: Any, *, lasts_s: int) -> None:
    """Keep something that JSON can say under this name, in place of what was there."""
    ciphertext = crypto.encrypt(json.dumps(value), context=f"ephemeral {name}")
    try:
        _redis(settings.current().redis_url).set(_PREFIX + name, ciphertext, ex=lasts_s)
    except redis.RedisError:
        return


def get(name: str) -> Any:
    """What is kept under this name; None when there is nothing (any more)."""
    try:
        ciphertext: Any = _redis(settings.current().redis_url).get(_PREFIX + name)
        return (
            None if ciphertext is None else json.loads(crypto.decrypt(ciphertext.decode(), context=f"ephemeral {name}"))
        )
    except (redis.RedisError, ValueError):
        return None


def delete(name: str) -> None:
    """Keep it no longer."""
    try:
        _redis(settings.current().redis_url).delete(_PREFIX + name)
    except redis.RedisError:
        return


@lru_cache(maxsize=4)
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=0.3, socket_connect_timeout=0.3)
