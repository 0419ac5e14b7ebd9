"""The commands on a cluster, and their arguments. Only parsing, as in `on_notebooks`."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from nbcode.cli.options import AsJson, Project
from nbcode.cli.quick import QuickCommand
from nbcode.cli.root import HERE, application, examples

Printed: TypeAlias = Annotated[
    bool, typer.Option("--print", help="Print the manifests; nbcode applies none itself.")
]
Namespace: TypeAlias = Annotated[
    str, typer.Option("--namespace", metavar="NAME", help="Where nbcode is to be.")
]
RunImage: TypeAlias = Annotated[
    str, typer.Option("--image", metavar="IMAGE", help="Image of a run.", show_default=False)
]
ControllerImage: TypeAlias = Annotated[
    str,
    typer.Option("--controller-image", metavar="IMAGE", help="Image of the controller.", show_default=False),
]
ObjectStore: TypeAlias = Annotated[
    str,
    typer.Option("--store", metavar="S3", help="The object store, s3://BUCKET/PREFIX.", show_default=False),
]
Endpoint: TypeAlias = Annotated[
    str | None, typer.Option("--endpoint", metavar="URL", help="Its server.", show_default="Amazon's")
]
Region: TypeAlias = Annotated[
    str | None, typer.Option("--region", metavar="REGION", help="Its region.", show_default=False)
]
Only: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="FILE",
        help="Only this file of the base, such as roles; may be said again.",
        show_default="all of it",
    ),
]


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode deploy --print --image registry.example/nbcode-runner:1 "
        "--controller-image registry.example/nbcode:1 --store s3://research/nbcode",
        "nbcode deploy --print --image nbcode-runner:dev --controller-image nbcode:dev "
        "--store s3://nbcode/nbcode --endpoint http://s3.example:9000 --namespace team-a",
    ),
)
def deploy(
    context: typer.Context,
    *,
    printed: Printed = False,
    namespace: Namespace = "nbcode",
    image: RunImage = "",
    controller_image: ControllerImage = "",
    store: ObjectStore = "",
    endpoint: Endpoint = None,
    region: Region = None,
    only: Only = None,
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
        only=tuple(only or ()),
    )
    return verb.run(asked, program=context.obj, output=output)


@application.command(
    cls=QuickCommand, epilog=examples("nbcode controller", "nbcode controller --once --json")
)
def controller(
    context: typer.Context,
    *,
    once: Annotated[bool, typer.Option("--once", help="Look one time, and end.")] = False,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Finish what runs on a cluster, wherever it was begun: verify, register, set the alias. It is run in the cluster."""
    from nbcode.cli.verbs import controller as verb

    return verb.run(project, once=once, program=context.obj, output=context.obj.output(as_json=as_json))
