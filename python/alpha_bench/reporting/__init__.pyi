from .comparison import compare as compare
from .folds_picture import draw_folds as draw_folds
from .report import Report as Report
