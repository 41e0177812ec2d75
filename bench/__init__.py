"""Benchmarks, measured side by side on one database in one run. `make bench` runs all parts but those on request; it
fails when an order costs more than its budget.

place        a cluster of its own with fsync on, a Redis, the real processes
shops        the businesses that sell in a run
company      a payment company that answers at once, so that not its speed is measured
load         the client: a process of its own that drives lifecycles over HTTP; `clients` starts it
delivered    which orders were delivered meanwhile, for whoever completes them
lifecycle    the order: its speed against the same rows written by raw SQL, its requests at open rates, its costs
rounds       both sides in turns, warm and with statistics
one_order    one order step by step: the rows that it leaves, and what each step costs
costs, wire  counting at the database, and between it and the application; `deliverer` does the worker's part meanwhile
arrivals     the client of open rates, where buyers come at their own pace
budget       what an order may cost
history      bench/history.jsonl, a line for each run
short        the ratio and the counts alone, for every change: `make bench ARGS=short`
grown        the same order after 20,000 others, on request: `make bench ARGS=grown`
money        wallets, refunds, a hot merchant, a hot SKU, notices at a steady rate, long lists
steady       the client of these: one kind of request in a closed loop, or so many a second
fill         many orders at once, for the lists
rows, raw    what rows one order consists of, and pgbench scripts that write just these
sales        a quarter of a shop as rows, from a few orders that were lived through
portal       how long the server takes for each page of the portal, with few orders and with a million
panel        how soon a buyer can pay in the merchant's page, by the browser's own trace
start        cold start, memory, the panel's first HTML
peers        other people's shops, on request: `make bench ARGS=peers`
report       the table, and var/bench/latest.json
"""
