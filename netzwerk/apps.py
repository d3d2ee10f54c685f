from django.apps import AppConfig
from django.conf import settings

from netzwerk import reports


class NetzwerkConfig(AppConfig):
    """The top package as an app, so that Django finds its commands and system checks."""

    name = "netzwerk"
    verbose_name = "Netzwerk"

    def ready(self) -> None:
        from netzwerk import checks  # noqa: F401 - registers the checks
        from netzwerk.staticfiles import leave_out_what_is_unused

        leave_out_what_is_unused()
        if settings.SENTRY_DSN:
            reports.start(settings.SENTRY_DSN)
