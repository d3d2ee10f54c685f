"""The team's pages about partners."""
