"""What the demo needs: invented data, two logins, processes that start and end together."""
