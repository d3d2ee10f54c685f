"""Report errors to Sentry if SENTRY_DSN is set, without personal data (rule: netzwerk/logs.py)."""

from typing import Any

from netzwerk.logs import anonymise


def is_dsn(text: str) -> bool:
    """Return whether the text is a valid DSN of Sentry."""
    from sentry_sdk.utils import Dsn

    try:
        Dsn(text)
    except ValueError:  # BadDsn is a ValueError
        return False
    return True


def start(dsn: str) -> None:
    """Report this process's errors from now on; no traces, sessions or client reports."""
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init(
        dsn=dsn,
        integrations=[DjangoIntegration(), CeleryIntegration()],
        auto_enabling_integrations=False,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        traces_sample_rate=None,
        auto_session_tracking=False,
        send_client_reports=False,
        before_send=without_persons,
    )


def without_persons(event: Any, hint: dict[str, Any]) -> Any:
    """Return the event without personal data. Of the request it keeps method and address; tokens are removed."""
    event.pop("user", None)
    request = event.get("request", {})
    event["request"] = {name: request[name] for name in ("method", "url") if name in request}
    return anonymise(event)
