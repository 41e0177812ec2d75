"""WeChat Pay, API v3, as a merchant of one's own (no partner mode), in yuan.

    mapping.py  what their words mean here      signing.py  keys by serial, SHA256-RSA2048, AES-256-GCM
    wire.py     one signed request and its answer       verified_calls.py   the same, with the answer proven
    certificates.py  platform certificates, fetched when one is needed
    reading.py  their objects as outcomes       bills.py    a day's bill
    transfers.py  money to somebody's balance
    channel.py  the channel: what is asked and when

Scenes: `qr` (Native: a code to scan), `mobile` (H5: the phone's browser is sent on; wants the buyer's IP), `app`
(JSAPI: inside WeChat; wants the buyer's openid). They send notices of success only, and of every end of a transfer; all
else is learnt by asking.
"""
