from ._ledger import TrialLedger as TrialLedger
from .multiplicity import Multiplicity as Multiplicity
from .multiplicity import multiplicity as multiplicity
from .trial import Looked as Looked
from .trial import Trial as Trial
from .trial import looked_at as looked_at
from .trial import panel_of_cells as panel_of_cells
from .trial import panel_of_dataset as panel_of_dataset
