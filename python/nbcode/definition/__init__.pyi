from .describing import asked_of as asked_of
from .describing import describe_cells as describe_cells
from .values import ChildOutcome as ChildOutcome
from .values import ChildRequest as ChildRequest
from .values import Definition as Definition
from .values import DescribeResult as DescribeResult
from .values import Launch as Launch
from .wire import MODULES as MODULES
