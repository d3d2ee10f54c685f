import pytest
from celery import current_app

from netzwerk.celery import app
from partners.models import ImportJob
from partners.services import imports
from partners.tasks import work_imports
from tests.partners.partner_list.lists import as_csv, person


@pytest.mark.django_db
def test_one_nudge_works_off_everything_that_waits():
    for _ in range(3):
        imports.upload("liste.csv", as_csv(person()), by=None)
    work_imports()
    assert set(ImportJob.objects.values_list("state", flat=True)) == {"preview"}


def test_the_name_that_services_and_the_timetable_use():
    assert work_imports.name == "partners.work_imports"
    assert app.conf.beat_schedule["import"]["task"] == work_imports.name
    assert work_imports.name in current_app.tasks
