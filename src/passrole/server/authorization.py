"""Whether a caller may do what a call asks: the engine's decision on the caller's policies as they are in this moment."""
