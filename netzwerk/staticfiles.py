"""Which of the libraries' files are collected: what no page of ours names only makes the image larger."""

from django.apps import apps

# Of Bootstrap the minified whole, of htmx the version that `htmx_script` names.
_UNUSED = [
    *("bootstrap-*", "*.rtl.*", "bootstrap.css*", "bootstrap.js*", "bootstrap.min.js*", "bootstrap.bundle.js*"),
    *("bootstrap.esm.*", "htmx-4*", "htmax-4*"),
]


def leave_out_what_is_unused() -> None:
    """Tell Django's own app; collectstatic asks it. Harmless twice."""
    app = apps.get_app_config("staticfiles")
    app.ignore_patterns = sorted({*app.ignore_patterns, *_UNUSED})  # type: ignore[attr-defined]
