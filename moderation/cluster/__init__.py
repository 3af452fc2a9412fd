"""Many machines for one pass: pages read and comments assessed elsewhere, in order, none lost.

``order`` is what a pass asks of a cluster and what it gets back, ``gathering`` completes that with
scores of earlier scans. The rest is Ray: ``connecting`` finds the cluster, ``running`` lays the
work out on Ray Data, ``work`` is what its processes do. Ray is imported only when it is used.
"""

from moderation.cluster.connecting import RayCluster
from moderation.cluster.gathering import gathered
from moderation.cluster.order import AssessedPortion, Cluster, WorkOrder

__all__ = ["AssessedPortion", "Cluster", "RayCluster", "WorkOrder", "gathered"]
