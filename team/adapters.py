"""Allauth as this office uses it."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """No public sign-up: the lead creates members."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
