"""The meaning of policies: a request and the policies around it come to a decision. Pure and total."""
