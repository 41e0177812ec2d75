"""The JSON for merchants' servers, under a secret key."""
