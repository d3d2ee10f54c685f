"""Organisations, the people who hold posts there, and their memberships in networks."""

from partners.models.contacts import Contact
from partners.models.imports import HeadingAlias, ImportJob, ImportRow, NetworkAlias
from partners.models.memberships import Membership
from partners.models.organisations import Organisation

__all__ = ["Contact", "HeadingAlias", "ImportJob", "ImportRow", "Membership", "NetworkAlias", "Organisation"]
