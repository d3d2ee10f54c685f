"""Base models without domain words."""

from django.db import models


class TimeStamped(models.Model):
    """When a row was made and last written, UTC."""

    created_at = models.DateTimeField("angelegt", auto_now_add=True)
    updated_at = models.DateTimeField("geändert", auto_now=True)

    class Meta:
        abstract = True


class Versioned(models.Model):
    """A row that two people may edit at once; `common.locking` compares the version."""

    version = models.PositiveIntegerField("Fassung", default=1, editable=False)

    class Meta:
        abstract = True
