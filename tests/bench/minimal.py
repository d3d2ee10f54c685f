"""The smallest Django page that asks the database: the yardstick for the answer page. No middleware, one SELECT."""

import os

import dj_database_url
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path


def page(request: HttpRequest) -> HttpResponse:
    """One row by its key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT slug, name FROM regions_network WHERE id = %s", [1])
        slug, name = cursor.fetchone()
    body = f"<!doctype html><title>{name}</title><p>{slug}".encode()
    return HttpResponse(body, headers={"Content-Length": str(len(body))})


settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=60)},
    ROOT_URLCONF=__name__,
    SECRET_KEY="for-one-page-" + "x" * 50,
)
urlpatterns = [path("", page)]
application = get_wsgi_application()
