"""Beside payments: bank accounts of the business and what payment companies settled to them.
Tables `bank_accounts` and `settlements`. A settlement is `recorded → confirmed → reversed`, or `rejected`."""
