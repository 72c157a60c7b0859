"""What everyone taught us: the one process that turns the event log into what all answers share."""
