"""Everything into one file and back: `manage.py backup`, `manage.py restore` (docs/operations.md)."""
