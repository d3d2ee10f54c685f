"""Pages of the team about partners."""
