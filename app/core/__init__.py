"""What every storey stands on and no business noun: database phases, money, ids, time, states, outbox."""
