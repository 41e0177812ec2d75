"""The tree of categories, and the categories of a product."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.read.catalog.categories import branches
from app.web.portal.access import actor, needs
from app.web.portal.catalog.categories.forms import CategoryForm, NameForm
from app.workflow.catalog import manage_categories

blueprint = Blueprint("categories", __name__, url_prefix="/categories")


@blueprint.get("")
@needs("products.read")
def index() -> Response:
    return _page(_form(formdata=None))


@blueprint.post("")
@needs("products.write")
def create() -> Response:
    business_id, form = actor().business_id, _form()
    if not form.validate():
        return _page(form, status=422)
    parents = {each.row.code: each.row.id for each in branches(business_id)}
    command = {"code": form.code.data, "name": form.name.data, "parent_id": parents.get(form.parent.data)}
    try:
        manage_categories.create_category(business_id, **command)
    except AppError as error:
        form.take_error(error, {"code_taken": "code"})
        return _page(form, status=error.http_status)
    flash("Category created.", "good")
    return _back()


@blueprint.post("/<category_id>")
@needs("products.write")
def rename(category_id: str) -> Response:
    form = NameForm()
    if form.validate():
        manage_categories.rename_category(actor().business_id, ids.parse("cat", category_id), form.name.data)
        flash("Saved.", "good")
    else:
        flash(str(form.name.errors[0]), "bad")
    return _back()


@blueprint.post("/<category_id>/remove")
@needs("products.write")
def remove(category_id: str) -> Response:
    try:
        manage_categories.remove_category(actor().business_id, ids.parse("cat", category_id))
        flash("Category removed. Its products are kept.", "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return _back()


@blueprint.post("/of/<product_id>")
@needs("products.write")
def assign(product_id: str) -> Response:
    product = ids.parse("prd", product_id)
    try:
        manage_categories.set_categories(actor().business_id, product, request.form.getlist("category"))
        flash("Saved.", "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return see_other(url_for("portal.products.detail", product_id=product_id))


def _form(**options: object) -> CategoryForm:
    return CategoryForm(branches=branches(actor().business_id), **options)


def _page(form: CategoryForm, *, status: int = 200) -> Response:
    every = branches(actor().business_id)
    return page("portal/catalog/categories/index.html", status=status, form=form, branches=every)


def _back() -> Response:
    return see_other(url_for("portal.categories.index"))
