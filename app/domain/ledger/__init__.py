"""The ledger: double entry, append-only. A journal is pending (try), then posted (confirm) or voided (cancel).

A pending journal writes its entries in the pending layer; posting takes them back there and writes them in the
posted layer; voiding only takes them back. So every journal sums to zero per currency and layer, and every account
has total (posted), held (what pending journals would take from it) and available = total - held.
Amounts are signed: + is debit, - is credit. Accounts come into being with their first entry.
A hold keeps a part of a wallet by a pending journal that is never posted: active → released, in whole or in parts.
Tables: ledger_accounts, ledger_journals, ledger_entries, wallet_holds, hold_releases. Callers: pay_order,
record_result, refund_order, move_money, pay_out, hold_funds.
"""
