from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = "Gemeinsames"

    def ready(self) -> None:
        from common import lookups  # noqa: F401 - registers them
