"""Steps: buyers' wallets and movements of money."""
