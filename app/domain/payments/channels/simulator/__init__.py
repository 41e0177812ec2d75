"""Pretend Pay, the company for tests: `mapping` says what its words mean here, `channel` talks to it."""
