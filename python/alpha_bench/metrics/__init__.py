"""What a risk committee asks of predictions, beside the daily IC: one file a question. Figures only; no pictures, no pages.

Every sum is correctly rounded (:func:`alpha_bench.metrics.inference.exact_sum`) or made in one order, and no BLAS is called, so that no
figure depends on the machine's vector width or on the number of threads.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
