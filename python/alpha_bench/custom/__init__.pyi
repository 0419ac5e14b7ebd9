from .decorator import feature as feature
from .execution import custom_values_on as custom_values_on
from .registry import check_defined as check_defined
from .registry import without_custom as without_custom
