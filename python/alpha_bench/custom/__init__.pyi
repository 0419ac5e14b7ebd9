from .decorator import feature as feature
from .execution import own_values_on as own_values_on
from .registry import check_defined as check_defined
from .registry import without_own as without_own
