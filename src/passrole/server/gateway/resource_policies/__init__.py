"""The policies that a resource has itself, read from the backend, and what stands beside them."""
