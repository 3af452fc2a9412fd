"""The report on a queue: what was found, what people decided, what it is worth.

``material`` reads the queue and the files beside it, ``findings`` are the figures as records,
``counting`` and ``curves`` make them, ``drawings`` draws them with matplotlib, ``restyling`` makes
a drawing follow the page's colours, ``page`` fills the template. Only the last three need the extra
``[report]``, and nothing here prints.
"""

from moderation.report.counting import findings_of
from moderation.report.findings import Findings
from moderation.report.material import Material, read_material

__all__ = ["Findings", "Material", "findings_of", "read_material"]
