app_name = "mailroom"
urlpatterns: list = []
