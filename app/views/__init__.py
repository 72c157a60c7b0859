"""HTTP: every view parses, calls, and renders."""
