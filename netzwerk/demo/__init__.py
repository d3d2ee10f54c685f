"""The demo: invented data, two logins, processes that start and end together."""
