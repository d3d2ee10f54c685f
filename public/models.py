"""Texts that the team keeps: imprint, privacy, accessibility."""

from django.db import models
from django.urls import reverse

from common.models import TimeStamped, Versioned


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

    def get_absolute_url(self) -> str:
        return reverse(f"public:{self.page}")
