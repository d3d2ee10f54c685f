"""Reports of errors to Sentry, only where SENTRY_DSN is set: what broke, never for whom (rule: netzwerk/logs.py)."""

from typing import Any

from netzwerk.logs import cleaned


def is_dsn(text: str) -> bool:
    """Whether reports could be sent there."""
    from sentry_sdk.utils import Dsn

    try:
        Dsn(text)
    except ValueError:  # BadDsn is one, too
        return False
    return True


def start(dsn: str) -> None:
    """Report what goes wrong in this process from now on: errors, no traces, no sessions, no figures."""
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
    """What may leave of an event. Of the request: how it was asked, and the address without what lets somebody in."""
    event.pop("user", None)
    request = event.get("request", {})
    event["request"] = {name: request[name] for name in ("method", "url") if name in request}
    return cleaned(event)
