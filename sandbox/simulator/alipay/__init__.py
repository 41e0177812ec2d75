"""Alipay's dialect: the same pretend company speaking the protocol of Alipay's open platform.

Payments, refunds, buyer's pages and scripts are those of Pretend Pay; only what goes over the wire differs.

    apps.py     merchants' apps and their keys      admin.py    registers them: `POST /admin/alipay/apps`
    keys.py     RSA2: signing and verifying, by another library than the one our channel uses
    gateway.py  `/alipay/gateway.do`: who calls, scripts, log; pages answer with a redirect, calls with signed JSON
    trades.py, agreements.py, bills.py  what each method does, as listed in methods.py
    notices.py  the signed form sent to a merchant           buyer_pages.py  where a buyer agrees to deductions
    answers.py  their words for amounts, times and refusals
"""
