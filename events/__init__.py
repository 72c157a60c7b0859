"""What happened: the canonical event, the taxonomy, the normaliser and the event log's port."""
