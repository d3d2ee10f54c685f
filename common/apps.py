from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = "Gemeinsames"

    def ready(self) -> None:
        """After `migrate` every text that is searched has its index, and connections use it."""
        from common.db import trigrams

        post_migrate.connect(trigrams.index, sender=self)
        connection_created.connect(trigrams.prefer_indexes)
