"""Alipay's open platform: payment pages for computers and phones, QR codes, refunds, agreements to deduct, bills.

channel.py  what we ask and hear          gateway.py  one signed call, whatever becomes of it
mapping.py  what their words mean here    answers.py  reads their JSON and forms, yuan to fen
keys.py     RSA2 signatures                   notices.py  proves what they send by themselves
certificates.py  certificate mode         transfers.py  money to somebody's account
agreements.py  leave to deduct, and deductions   bills.py  a day's bill
"""
