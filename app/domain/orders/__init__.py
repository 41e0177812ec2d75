"""What was bought. A checkout session is one visit to the panel and becomes at most one order.

Order: created → paying → paid → fulfilling → fulfilled → completed; paying → created (that try failed);
created|paying → closed; paid|fulfilling|fulfilled|completed → refunding → refunded.
Partial refunds are amounts beside the state. Session: open → complete | expired | cancelled.
Tables: checkout_configurations (what pages without a server sell), checkout_sessions, orders, order_lines,
sub_orders, order_notes, agreement_acceptances.
Events: order.created .paid .fulfilled .completed .closed .refunded. Callers: nearly every workflow.
"""
