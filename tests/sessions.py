"""Browsers with somebody logged in."""

from django.test import Client, RequestFactory


def logged_in(user) -> Client:
    """Return a browser in which the user is logged in, with the row that lists the session, as after a first page."""
    from allauth.usersessions.models import UserSession

    from team.sessions import DEVICE, device_of

    browser = Client()
    browser.force_login(user, backend="team.backends.TeamBackend")
    request = RequestFactory().get("/")
    request.session = session = browser.session
    session[DEVICE] = device_of(request)
    session.save()
    UserSession.objects.create(user=user, session_key=session.session_key, ip="127.0.0.1")
    return browser


def copy_of(browser: Client) -> Client:
    """Return another browser with the same cookies: what the one is given the other does not see."""
    copy = Client()
    copy.cookies.load(browser.cookies.output(header="", sep=";"))
    return copy
