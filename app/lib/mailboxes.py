"""One mailbox behind its aliases."""

from __future__ import annotations

# Providers that deliver one mailbox's letters wherever the dots stand.
_IGNORES_DOTS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def mailbox(email: str | None) -> str | None:
    """The same for every alias of a mailbox: what follows a plus does not count, nor do dots where the provider
    ignores them. None without an address."""
    local, at, domain = (email or "").strip().lower().rpartition("@")
    if not at or not local:
        return None
    local = local.partition("+")[0] or local
    if domain in _IGNORES_DOTS:
        local, domain = local.replace(".", "") or local, _IGNORES_DOTS[domain]
    return f"{local}@{domain}"
