#!/usr/bin/env python
"""Django's command line; a wrong setting is one readable sentence, not a traceback."""

import os
import sys


def main() -> None:
    """Run the command named in sys.argv; exit 2 with a sentence when the configuration is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netzwerk.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads the settings now, so that a wrong one is told below
    except ImproperlyConfigured as error:
        print(f"Einstellung fehlt oder ist falsch: {error}", file=sys.stderr)
        sys.exit(2)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
