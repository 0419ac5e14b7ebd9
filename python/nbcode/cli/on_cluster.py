"""The commands on a cluster, and their arguments. Only parsing, as in `on_notebooks`."""

from __future__ import annotations

from typing import Annotated

import typer

from nbcode.cli.options import AsJson
from nbcode.cli.quick import QuickCommand
from nbcode.cli.root import application, examples


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode deploy --print --image registry.example/nbcode-runner@sha256:... "
        "--controller-image registry.example/nbcode@sha256:... --store s3://research/nbcode",
        "nbcode deploy --print --image nbcode-runner:dev --controller-image nbcode:dev "
        "--store s3://nbcode/nbcode --endpoint http://s3.example:9000 --namespace team-a",
    ),
)
def deploy(
    context: typer.Context,
    *,
    printed: Annotated[
        bool, typer.Option("--print", help="Print the manifests; nbcode applies none itself.")
    ] = False,
    namespace: Annotated[
        str, typer.Option("--namespace", metavar="NAME", help="Where nbcode is to be.")
    ] = "nbcode",
    image: Annotated[
        str, typer.Option("--image", metavar="IMAGE", help="Image of a run.", show_default=False)
    ] = "",
    controller_image: Annotated[
        str,
        typer.Option(
            "--controller-image", metavar="IMAGE", help="Image of the controller.", show_default=False
        ),
    ] = "",
    store: Annotated[
        str,
        typer.Option(
            "--store", metavar="S3", help="The object store, s3://BUCKET/PREFIX.", show_default=False
        ),
    ] = "",
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", metavar="URL", help="Its server.", show_default="Amazon's"),
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="REGION", help="Its region.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Print what an administrator applies to a cluster, for one namespace, its images and its object store."""
    from nbcode.cli.verbs import deploy as verb

    if not (printed or as_json):
        raise typer.BadParameter(
            "nbcode applies nothing itself: write --print, and pipe it to kubectl apply --server-side -f -"
        )
    output = context.obj.output(as_json=as_json)
    asked = verb.Asked(
        namespace=namespace,
        image=image,
        controller_image=controller_image,
        store=store,
        endpoint=endpoint,
        region=region,
    )
    return verb.run(asked, program=context.obj, output=output)
