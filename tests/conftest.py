"""What every test may ask for; the servers, processes and the browser come from `ops.testing.fixtures`."""

pytest_plugins = ["ops.testing.fixtures"]
