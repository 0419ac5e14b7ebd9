from .cached_panel import open_cache as open_cache
