"""Steps of use cases: each runs in somebody's phase and opens none."""
