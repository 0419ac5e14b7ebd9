from .cached_panel import CachedPanel as CachedPanel
from .cached_panel import open_cache as open_cache
