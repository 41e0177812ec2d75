"""Use cases: people sign in, prove who they are, and work in teams."""
