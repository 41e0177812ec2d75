"""Pretend Pay: a stand-in for an outside payment company, for development and tests.

It is its own process with its own data (one SQLite file) and is reached over HTTP only, so that
timeouts, lost answers and forged notices are real ones. It imports nothing of the app.

    server.py      wires the Flask app          __main__.py  runs it: `python -m sandbox.simulator`
    store.py       tables and transactions      signature.py HMAC of requests and notices
    payments.py    open, read, decide, close    refunds.py   refund, read, decide     bills.py  day's CSV
    notices.py     what is sent, and how often  sender.py    the thread that sends it
    scripts.py     failures on demand           misbehave.py what a script does to an answer
    merchant_api.py /v1   admin_api.py /admin   buyer_pages.py /pay /qr /app   dashboard.py / (for developers)
    alipay/ wechat/ stripe/  the same company speaking other companies' protocols
    dialects.py     notices in each of them

Payment: pending → succeeded | failed | closed. Refund: pending → succeeded | failed.
"""
