"""The one list page: filters that stay in the address, sorting, fifty rows a page, export."""

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
    return key.asc(nulls_first=True) if isinstance(key, models.F) else key


def _descending(key: str | models.F) -> Any:
    return key.desc(nulls_last=True) if isinstance(key, models.F) else f"-{key}"


class SortFilter(django_filters.ChoiceFilter):
    """`?sort=name` and `?sort=-name`; an unknown value sorts as if none were given.

    Takes columns: name in the address → the stored keys to order by, ties broken by `pk`. A key that may be
    NULL is given as `F("…")`: NULL then comes first on every database (SQLite and PostgreSQL disagree).
    """

    def __init__(self, *, columns: dict[str, Sequence[str | models.F]], **kwargs: Any) -> None:
        self.orders = {name: [_ascending(key) for key in [*keys, "pk"]] for name, keys in columns.items()}
        self.orders |= {f"-{name}": [_descending(key) for key in [*keys, "pk"]] for name, keys in columns.items()}
        kwargs.setdefault("widget", forms.HiddenInput)
        super().__init__(choices=[(name, name) for name in self.orders], label="Sortierung", **kwargs)

    def filter(self, qs: models.QuerySet, value: str) -> models.QuerySet:
        return qs.order_by(*self.orders[value]) if value in self.orders else qs


class ListFilter(django_filters.FilterSet):
    """A row of filters; a value that does not exist (an old bookmark) filters nothing instead of failing."""

    @property
    def is_active(self) -> bool:
        """Whether anything but the sorting narrows the list."""
        return any(value for name, value in self.data.items() if name in self.filters and name != "sort")


class ListPage(FilterView):
    """A list with filters. Subclasses say the model's queryset, the filter set and the export columns.

    `?format=csv` and `?format=xlsx` give all rows that the filters leave, not only the page.
    """

    paginate_by = ROWS_PER_PAGE
    strict = False
    default_sort = "name"
    export_name = ""
    export_columns: Sequence[str] = ()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the export of what the filters leave."""
        kind = request.GET.get("format", "")
        if self.export_columns and kind in CONTENT_TYPES:
            return self.export(kind)
        return super().get(request, *args, **kwargs)

    def paginate_queryset(self, queryset: Any, page_size: int) -> Any:
        """The page asked for; one that does not exist (an old bookmark) becomes the nearest that does."""
        if self.filterset.is_active:
            queryset = self._found_first(queryset)
        paginator = self.get_paginator(queryset, page_size)
        page = paginator.get_page(self.request.GET.get(self.page_kwarg))
        return paginator, page, page.object_list, page.has_other_pages()

    def _found_first(self, queryset: Any) -> Any:
        """The same rows, by their keys when the filters leave few.

        Asked for the first fifty of a few rows in sorted order, both databases walk the whole order (30 ms
        in 20,000 rows) twice; one look for the keys takes a third of that and stops where there are many.
        """
        keys = list(queryset.order_by().values_list("pk", flat=True)[: FEW_ROWS + 1])
        if len(keys) > FEW_ROWS:
            return queryset
        found = self.get_queryset().filter(pk__in=keys)
        return found.order_by(*queryset.query.order_by) if queryset.query.order_by else found

    def get_filterset_kwargs(self, filterset_class: Any) -> dict[str, Any]:
        """Filters apply to the bare address, too (django-filter leaves them out without a query string)."""
        return {**super().get_filterset_kwargs(filterset_class), "data": self.request.GET}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(default_sort=self.default_sort, can_export=bool(self.export_columns), **kwargs)

    def export(self, kind: str) -> HttpResponse:
        """All filtered rows as a file to download."""
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
        """One sequence of cells per row, in the order of `export_columns`."""
        raise TypeError(f"{type(self).__name__} has export_columns but does not say its rows")


class FoldedSearchAdmin(admin.ModelAdmin):
    """A list in Django's admin that searches as our own do; `search_fields` name folded columns."""

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        """Every word of the term, folded, is part of one of the columns."""
        return super().get_search_results(request, queryset, " ".join(search_words(search_term)))
