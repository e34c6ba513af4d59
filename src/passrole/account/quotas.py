"""placeholder until catalog.quotas arrives"""
TAGS_PER_ENTITY = 50
