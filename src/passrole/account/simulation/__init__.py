"""The policy simulator: what policies would decide, asked without doing anything."""
