"""Forms of the public pages."""

from django import forms

from common.locking import VersionedForm
from public.models import SiteText


class SiteTextForm(VersionedForm):
    """Form for one public text, in Markdown."""

    class Meta:
        model = SiteText
        fields = ["body"]
        widgets = {"body": forms.Textarea(attrs={"rows": 24})}
        help_texts = {"body": "Geschrieben wird in Markdown; wie das geht, steht unter dem Feld."}
