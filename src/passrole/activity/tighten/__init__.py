"""From decisions that were made to the least policy that allows them again, checked, and held against what is there."""
