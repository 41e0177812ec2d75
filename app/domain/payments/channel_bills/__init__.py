"""Channel bills: what companies' own books say of a day. Tables `channel_bills`, `channel_bill_totals` and
`channel_bill_lines`. A bill is `expected`, then `fetched`; it is `late` when it is not there in time, `empty` when
nothing moved, and `failed` when nobody asks any more. Whoever asks again makes the last two `expected`. Events:
`channel_bill.*`. Callers: workflow/payments/bills."""
