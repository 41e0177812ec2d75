"""WeChat Pay's dialect: the same pretend company speaking API v3.

Payments, refunds, buyer's pages and scripts are those of Pretend Pay; only what goes over the wire differs.

    merchants.py  merchants and their keys       admin.py    registers them: `POST /admin/wechat/merchants`
    keys.py       SHA256-RSA2048, AES-256-GCM    api.py      `/wechat/v3/…`: who calls, scripts, log, signed answers
    trades.py     what each address does         notices.py  the encrypted message sent to a merchant
    answers.py    their words for states, times and refusals

Where theirs is a weixin:// link for the WeChat app, `code_url` here is a page that any phone can open.
"""
