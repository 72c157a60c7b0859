"""What to show: catalogue, interests, scoring and reasons. Pure numpy on tables; no Flask."""
