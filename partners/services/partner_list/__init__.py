"""Read a partner list as an office keeps it: bytes → rows → plan → writing. See docs/import.md."""
