"""What stands between the sockets and the application, so that a slow stranger holds nothing that a payment needs.

A request takes a thread only when all of it is here, and an answer leaves its thread as soon as it is made:

    socket → connections (heads, idle ones, slow readers) → front → bodies → thread_pools → the WSGI application
                                                              └────────── answers ←──────────────┘

- `limits` holds every number, and which pool and size a route has.
- `connections` closes heads that do not come, readers that do not read, and makes room by closing the oldest of those
  who have not asked for anything yet.
- `bodies` reads a body to its end, with a limit, a deadline and the slowest rate that is borne; a large one only from
  somebody known, and only while there is room on the disk.
- `thread_pools` gives threads: some to health, paying and the checkout alone, the rest to all. Those who wait take
  `turns`, so that whoever sends a hundred requests at once waits for themselves.
- `answers` runs the application in its thread; what is long goes out piece by piece, as fast as it is read.
- `refusals` are what is answered instead: 401, 408, 413, 431, 503.

It knows the application as a WSGI callable, beside a function that tells by a head who is known, and nothing else of
it. `python -m app.front` serves `asgi:app` by it.
"""
