"""Database parts without a row of their own: fields, lookups, indexes."""
