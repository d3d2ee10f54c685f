from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = "Gemeinsames"

    def ready(self) -> None:
        """After `migrate` every text that is searched has its index."""
        from common.models import trigrams

        post_migrate.connect(trigrams.index, sender=self)
