"""Pages about meetings: the list."""

from django.db.models import QuerySet
from django.views.generic import ListView

from common.lists import ROWS_PER_PAGE
from meetings.models import Meeting


class MeetingList(ListView):
    """The meetings."""

    template_name = "meetings/meetings.html"
    paginate_by = ROWS_PER_PAGE

    def get_queryset(self) -> QuerySet[Meeting]:
        return Meeting.objects.visible_to(self.request.user).upcoming().prefetch_related("networks")
