"""Entries of lists, as plain data."""

from __future__ import annotations

from enum import StrEnum


class ListName(StrEnum):
    """The lists there are."""

    ALLOW = "allow"
    WATCH = "watch"
    BLOCK = "block"


class EntryKind(StrEnum):
    """What an entry names."""

    BUYER = "buyer"
    EMAIL = "email"
    EMAIL_DOMAIN = "email_domain"
    PHONE = "phone"
    ADDRESS = "address"
    DEVICE = "device"


class EntrySource(StrEnum):
    """How an entry came to be."""

    PORTAL = "portal"
    API = "api"
    FILE = "file"
