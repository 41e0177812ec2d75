"""The kinds of delivery that need nothing but this noun: one class each, idempotent, reversible.

Two more meet others and are written in workflow: `callback` (the merchant's system) and `credit` (the wallet).
"""
