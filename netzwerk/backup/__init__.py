"""Save database and uploads to one file and restore them: `manage.py backup` and `restore` (docs/operations.md)."""
