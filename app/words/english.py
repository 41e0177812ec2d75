"""Where English says one thing otherwise than many: a key, and what is said of more than one."""

from __future__ import annotations

MANY = {
    "%(count)s more piece needed.": "%(count)s more pieces needed.",
    "every %(nth)s piece %(rate)s off, %(count)s piece": "every %(nth)s piece %(rate)s off, %(count)s pieces",
    "buy %(buy)s, get %(get)s: %(count)s piece free": "buy %(buy)s, get %(get)s: %(count)s pieces free",
    "buy %(buy)s, get %(get)s: %(count)s piece %(rate)s off": "buy %(buy)s, get %(get)s: %(count)s pieces %(rate)s off",
    "bundle for %(price)s, %(count)s time": "bundle for %(price)s, %(count)s times",
    "%(count)s SKU": "%(count)s SKUs",
    "%(count)s product": "%(count)s products",
    "%(count)s category": "%(count)s categories",
    "A bundle of %(count)s piece for %(price)s": "A bundle of %(count)s pieces for %(price)s",
    "%(count)s time": "%(count)s times",
    "%(count)s download left": "%(count)s downloads left",
    "%(count)s point": "%(count)s points",
}
