"""Texts that the team keeps: imprint, privacy, accessibility."""

from django.db import models
from django.urls import reverse

from common.models import TimeStamped, Versioned

OPEN_PLACE = "[Bitte ergänzen"  # how the starting texts mark what only the office knows


class SiteText(TimeStamped, Versioned):
    """One public page, in Markdown."""

    class Page(models.TextChoices):
        IMPRINT = "impressum", "Impressum"
        PRIVACY = "datenschutz", "Datenschutz"
        ACCESSIBILITY = "barrierefreiheit", "Barrierefreiheit"

    page = models.CharField("Seite", max_length=20, choices=Page.choices, unique=True, editable=False)
    body = models.TextField("Text", help_text="Markdown: ## Überschrift, **fett**, - Liste, [Text](https://…)")

    class Meta:
        verbose_name = "Öffentlicher Text"
        verbose_name_plural = "Öffentliche Texte"
        ordering = ["page"]

    def __str__(self) -> str:
        return self.get_page_display()

    @property
    def open_places(self) -> int:
        """How many places of the starting text nobody has filled in yet."""
        return self.body.count(OPEN_PLACE)

    def get_absolute_url(self) -> str:
        return reverse(f"public:{self.page}")
