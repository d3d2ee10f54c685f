from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = "Gemeinsames"

    def ready(self) -> None:
        """Connect the receivers that index searched text after `migrate` and prefer indexes on new connections."""
        from common.db import trigrams

        post_migrate.connect(trigrams.create_indexes, sender=self)
        connection_created.connect(trigrams.prefer_indexes)
