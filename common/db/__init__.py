"""What is about the database and no row: fields, lookups, indexes."""
