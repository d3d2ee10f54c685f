"""Public texts that the team edits: imprint, privacy, accessibility."""

from django.db import models
from django.urls import reverse

from common.models import TimeStamped, Versioned

OPEN_PLACE = "[Bitte ergänzen"  # marks the gaps in the starting texts that only the office can fill


class SiteText(TimeStamped, Versioned):
    """The text of one public page, in Markdown."""

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
        """Number of gaps of the starting text that are not filled in yet."""
        return self.body.count(OPEN_PLACE)

    def get_absolute_url(self) -> str:
        return reverse(f"public:{self.page}")
