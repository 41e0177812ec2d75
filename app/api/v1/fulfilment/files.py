"""The files of a product that buyers download."""

from typing import Annotated

from pydantic import Field

from app.api.kit.reading import Upload, Uploaded
from app.api.kit.shapes import PRINTABLE, Answer, Moment, QueryShape, SkuId, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.read.fulfilment import downloads
from app.workflow.fulfilment import manage_files

FileName = Annotated[
    str, Field(min_length=1, max_length=150, description="File name shown to buyers, with extension."), PRINTABLE
]


class FileForm(QueryShape):
    """What is sent beside the file."""

    name: FileName


class NewFileForm(FileForm):
    """What is sent beside a new file."""

    sku_id: Annotated[SkuId | None, Field(description="Only for buyers of this SKU; absent: all SKUs.")] = None


class File(Answer):
    """A file as buyers get it now."""

    id: str
    product_id: str
    sku_id: Annotated[str | None, Field(description="Only for buyers of this SKU.")]
    name: str
    version: Annotated[int, Field(description="Version number, from 1.")]
    bytes: int
    downloads: Annotated[int, Field(description="Number of downloads, all versions combined.")]
    created_at: Moment


class Files(Answer):
    """All files of a product."""

    data: list[File]


@v1.get("/products/{product_id}/files", answer=Files, permission="products.read", tag="Files")
def list_files(caller: KeyCaller, product_id: str) -> Files:
    """List a product's files.

    At most 100, in the order in which they were added.
    """
    found = downloads.files_of(caller.business_id, parse("prd", product_id))
    return Files(data=[_file(each) for each in found])


@v1.post(
    "/products/{product_id}/files",
    upload=Upload(manage_files.MAX_BYTES, NewFileForm, "Any file, up to 512 MB."),
    answer=File,
    status=201,
    permission="products.write",
    tag="Files",
    errors=("file_too_large", "invalid_file", "too_many_files", "other_delivery"),
)
def add_file(caller: KeyCaller, product_id: str, upload: Uploaded) -> File:
    """Add a file to a product.

    Orders that wait for it get it soon; so do those who bought before.
    """
    form = upload.form
    file_id = manage_files.add_file(
        caller.business_id,
        parse("prd", product_id),
        upload.file,
        name=form.name,
        actor=caller.actor,
        sku_id=parse("sku", form.sku_id) if form.sku_id else None,
    )
    return _file(downloads.file_of(caller.business_id, file_id))


@v1.post(
    "/files/{file_id}/versions",
    upload=Upload(manage_files.MAX_BYTES, FileForm, "Any file, up to 512 MB."),
    answer=File,
    status=201,
    permission="products.write",
    tag="Files",
    errors=("file_too_large", "invalid_file", "too_many_files"),
)
def add_file_version(caller: KeyCaller, file_id: str, upload: Uploaded) -> File:
    """Replace a file by a new version.

    Whoever asks from now on gets it; downloads that were begun go on with theirs.
    """
    file = parse("fil", file_id)
    manage_files.add_version(caller.business_id, file, upload.file, name=upload.form.name, actor=caller.actor)
    return _file(downloads.file_of(caller.business_id, file))


@v1.delete("/files/{file_id}", status=204, permission="products.write", tag="Files", errors=("no_files",))
def remove_file(caller: KeyCaller, file_id: str) -> None:
    """Take a file away.

    Also from those who bought it.
    """
    manage_files.remove_file(caller.business_id, parse("fil", file_id))


def _file(found: downloads.File) -> File:
    row = found.row
    return File(
        id=show("fil", row.id),
        product_id=show("prd", row.product_id),
        sku_id=show("sku", row.sku_id) if row.sku_id else None,
        name=row.name,
        version=row.number,
        bytes=row.bytes,
        downloads=found.fetched,
        created_at=moment_text(row.uploaded_at),
    )
