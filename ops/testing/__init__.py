"""What the tests run on: a throw-away cluster, a Redis, the real processes, a browser. `fixtures` is for pytest."""
