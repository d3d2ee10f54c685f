"""Which of the libraries' files are collected: what no page of ours names only makes the image larger."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    """Django's own app; of Bootstrap the minified whole, of htmx the version that `htmx_script` names."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("bootstrap-*", "*.rtl.*", "bootstrap.css*", "bootstrap.js*", "bootstrap.min.js*", "bootstrap.bundle.js*"),
        *("bootstrap.esm.*", "htmx-4*", "htmax-4*"),
    ]
