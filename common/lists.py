"""The list page that all lists share: filters in the address, sorting, fifty rows a page, export."""

from collections.abc import Iterable, Sequence
from typing import Any

import django_filters
from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import slugify
from django_filters.views import FilterView

from common.exports import CONTENT_TYPES, as_csv, as_xlsx
from common.folding import search_words

ROWS_PER_PAGE = 50
FEW_ROWS = 500


def _ascending(key: str | models.F) -> Any:
    """Return the key to order by, lowest first; NULL of an F expression comes first on every database."""
    return key.asc(nulls_first=True) if isinstance(key, models.F) else key


def _descending(key: str | models.F) -> Any:
    """Return the key to order by, highest first; NULL of an F expression comes last on every database."""
    return key.desc(nulls_last=True) if isinstance(key, models.F) else f"-{key}"


class SortFilter(django_filters.ChoiceFilter):
    """Order rows by `?sort=name` or `?sort=-name`; an unknown value leaves the order as it is.

    `columns` maps the name in the address to the stored keys to order by; `pk` breaks ties. A key that can be NULL is
    given as `F("…")`: NULL then comes first on every database (SQLite and PostgreSQL disagree).
    """

    def __init__(self, *, columns: dict[str, Sequence[str | models.F]], **kwargs: Any) -> None:
        """Build both orders of each column, ascending as `name` and descending as `-name`."""
        self.orders = {name: [_ascending(key) for key in [*keys, "pk"]] for name, keys in columns.items()}
        self.orders |= {f"-{name}": [_descending(key) for key in [*keys, "pk"]] for name, keys in columns.items()}
        kwargs.setdefault("widget", forms.HiddenInput)
        super().__init__(choices=[(name, name) for name in self.orders], label="Sortierung", **kwargs)

    def filter(self, qs: models.QuerySet, value: str) -> models.QuerySet:
        """Return the rows in the order that `value` names; an unknown or empty value leaves their order."""
        return qs.order_by(*self.orders[value]) if value in self.orders else qs


class ListFilter(django_filters.FilterSet):
    """A set of list filters; an unknown value (from an old bookmark) filters nothing instead of failing."""

    @property
    def is_active(self) -> bool:
        """Whether any filter except the sorting has a value."""
        return any(value for name, value in self.data.items() if name in self.filters and name != "sort")


class ListPage(FilterView):
    """A filtered list. Subclasses name the model's queryset, the filter set and the export columns.

    `?format=csv` and `?format=xlsx` export all rows that match the filters, not only the page.
    """

    paginate_by = ROWS_PER_PAGE
    strict = False
    default_sort = "name"
    export_name = ""
    export_columns: Sequence[str] = ()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page, or the export of all rows that match the filters."""
        kind = request.GET.get("format", "")
        if self.export_columns and kind in CONTENT_TYPES:
            return self.export(kind)
        return super().get(request, *args, **kwargs)

    def paginate_queryset(self, queryset: Any, page_size: int) -> Any:
        """Return the requested page; a page that does not exist (an old bookmark) becomes the nearest one."""
        if self.filterset.is_active:
            queryset = self._found_first(queryset)
        paginator = self.get_paginator(queryset, page_size)
        page = paginator.get_page(self.request.GET.get(self.page_kwarg))
        return paginator, page, page.object_list, page.has_other_pages()

    def _found_first(self, queryset: Any) -> Any:
        """Return the same rows selected by key when at most `FEW_ROWS` match, else the queryset unchanged.

        For the first fifty of a few sorted rows both databases walk the whole order twice (30 ms in 20,000 rows). One
        query for the keys takes a third of that and stops where there are many.
        """
        keys = list(queryset.order_by().values_list("pk", flat=True)[: FEW_ROWS + 1])
        if len(keys) > FEW_ROWS:
            return queryset
        found = self.get_queryset().filter(pk__in=keys)
        return found.order_by(*queryset.query.order_by) if queryset.query.order_by else found

    def get_filterset_kwargs(self, filterset_class: Any) -> dict[str, Any]:
        """Bind the filters without a query string too; django-filter would skip them."""
        return {**super().get_filterset_kwargs(filterset_class), "data": self.request.GET}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(default_sort=self.default_sort, can_export=bool(self.export_columns), **kwargs)

    def export(self, kind: str) -> HttpResponse:
        """Return all filtered rows as a .csv or .xlsx file (`kind`) to download, with today's date in its name."""
        self.filterset = self.get_filterset(self.get_filterset_class())
        rows = self.export_rows(self.filterset.qs)
        if kind == "csv":
            content = as_csv(self.export_columns, rows)
        else:
            content = as_xlsx(self.export_columns, rows, title=self.export_name)
        name = f"{slugify(self.export_name)}-{timezone.localdate():%Y-%m-%d}.{kind}"
        return HttpResponse(
            content,
            content_type=CONTENT_TYPES[kind],
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def export_rows(self, queryset: models.QuerySet) -> Iterable[Sequence[object]]:
        """Return one sequence of cells per row, in the order of `export_columns`. Lists with an export define it."""
        raise TypeError(f"{type(self).__name__} has export_columns but does not say its rows")


class FoldedSearchAdmin(admin.ModelAdmin):
    """A list in Django's admin that searches as our lists do; `search_fields` name folded columns."""

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        """Search for the folded words of the term instead of the term as typed."""
        return super().get_search_results(request, queryset, " ".join(search_words(search_term)))
