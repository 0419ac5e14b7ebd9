from .interchange._polars import from_arrow as from_arrow
from .interchange.alphalens import to_alphalens as to_alphalens
from .interchange.tables import FileLayout as FileLayout
from .panel import Panel as Panel
from .panel import read_panel as read_panel
from .sample import REFERENCE as REFERENCE
from .sample import write_sample as write_sample
