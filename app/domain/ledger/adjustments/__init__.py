"""Adjustments: journals that people write to correct the ledger, and reversals of what they wrote. Table `adjustments`.
An adjustment is `requested → posted → reversed`, or `rejected`; a reversal is one whose lines mirror a settlement's or
another adjustment's."""
