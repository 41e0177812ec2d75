"""Questions: buyers' wallets and movements of money."""
