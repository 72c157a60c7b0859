"""How fast, how small: measurements of the functions and processes of the service itself (docs/benchmarks.md)."""
