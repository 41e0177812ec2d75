"""Use cases: buyers' wallets and movements of money."""
