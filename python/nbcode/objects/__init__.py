"""Objects that lie elsewhere: a bucket of any S3, what a web server has, a folder. Asked for, read and put; whoever uses them says what a refusal means to him."""

from nbcode.objects._obstore import (
    Bucket,
    Found,
    Opening,
    Refusal,
    StoreError,
    endpoint_named,
    open_address,
    opened,
)

__all__ = [
    "Bucket",
    "Found",
    "Opening",
    "Refusal",
    "StoreError",
    "endpoint_named",
    "open_address",
    "opened",
]
