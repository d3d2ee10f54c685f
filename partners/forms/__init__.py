"""Forms about partners."""
