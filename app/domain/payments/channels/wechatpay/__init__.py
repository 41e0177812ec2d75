"""WeChat Pay, API v3, as a merchant of one's own (no partner mode), in yuan.

    mapping.py  what their words mean here      signing.py  keys by serial, SHA256-RSA2048, AES-256-GCM
    wire.py     one signed request and its verified answer
    reading.py  their objects as outcomes       channel.py  the channel: what is asked and when

Scenes: `qr` (Native: a code to scan), `mobile` (H5: the phone's browser is sent on; wants the buyer's IP), `app`
(JSAPI: inside WeChat; wants the buyer's openid). They send notices of success only; all else is learnt by asking.
"""
