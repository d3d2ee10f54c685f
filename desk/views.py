"""Pages over several apps, for the team."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    """What is there and what comes next."""
    return render(request, "desk/home.html")
