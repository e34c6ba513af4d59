"""Bindings: what a call of an AWS API asks of IAM (actions, resources, condition keys), or why that is not known."""
