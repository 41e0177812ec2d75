"""The JSON interface: buyers' wallets and movements of money."""
