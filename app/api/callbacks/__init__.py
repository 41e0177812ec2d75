"""The door for payment companies' notices."""
