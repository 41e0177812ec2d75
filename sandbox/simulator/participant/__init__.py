"""A merchant's own system that keeps seats, called with try, confirm and cancel: `POST /participant/<system>`.

Calls are signed as Standard Webhooks says, with the secret that was registered. A cancel that comes before its try is
kept, and refuses the try when it comes. Every call may be repeated.
"""
