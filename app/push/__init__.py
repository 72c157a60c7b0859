"""Pushing recommendations to listeners: a process of its own beside the web workers (docs/stream.md)."""
