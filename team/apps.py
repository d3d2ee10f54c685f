from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "team"
    verbose_name = "Team"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from team import sessions

        user_logged_in.connect(sessions.begin)
