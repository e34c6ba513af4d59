"""The log of decisions: what each call asked, how it was answered and from which policies, in a file of its own.

It is written in batches, outside the promise that an acknowledged write is on disk, and holds no secrets.
"""
