"""Contracts that renew by themselves: what a SKU is sold for again and again, and what a buyer has signed.

Plan: active ⇄ archived; its terms never change. Contract: pending → trialing | active ⇄ paused → past_due →
ended(reason). Cycle: due → paid → refunded; due → unpaid | skipped. A trial is cycle 0.
Mandate (the buyer's leave to deduct, at a company): pending → active → ending → ended; pending → failed | ending;
active → ended, when the buyer took it back.
Every cycle that is charged is an ordinary order, which names its contract; here is only when and how much.
Tables: plans, plan_prices, contracts, contract_consents, contract_cycles, mandates, mrr_movements. Callers:
workflow/subscriptions, and workflow/steps/subscriptions/follow_order where an order is paid, closed or refunded.
"""
