"""Normalization."""

from ..module_cases import module_case

CASES = [
    module_case("BatchNorm1d", lambda nn: nn.BatchNorm1d(3), (5, 3)),
    module_case("BatchNorm1d:sequences", lambda nn: nn.BatchNorm1d(3, eps=0.1, momentum=0.3), (4, 3, 5)),
    module_case("BatchNorm1d:no affine", lambda nn: nn.BatchNorm1d(3, affine=False), (5, 3)),
    module_case("BatchNorm1d:no bias", lambda nn: nn.BatchNorm1d(3, bias=False), (5, 3)),
    module_case("BatchNorm1d:untracked", lambda nn: nn.BatchNorm1d(3, track_running_stats=False), (5, 3)),
    module_case("BatchNorm1d:all batches", lambda nn: nn.BatchNorm1d(3, momentum=None), (5, 3), calls=3),
    module_case("BatchNorm2d", lambda nn: nn.BatchNorm2d(2), (3, 2, 2, 4)),
    module_case("BatchNorm3d", lambda nn: nn.BatchNorm3d(2), (2, 2, 1, 2, 3)),
    module_case("InstanceNorm1d", lambda nn: nn.InstanceNorm1d(3), (2, 3, 4)),
    module_case("InstanceNorm1d:one sample", lambda nn: nn.InstanceNorm1d(3, affine=True), (3, 4)),
    module_case(
        "InstanceNorm1d:tracked", lambda nn: nn.InstanceNorm1d(3, affine=True, track_running_stats=True), (2, 3, 4)
    ),
    module_case(
        "InstanceNorm1d:no momentum",
        lambda nn: nn.InstanceNorm1d(3, momentum=None, affine=True, bias=False, track_running_stats=True),
        (3, 4),
    ),
    module_case("InstanceNorm2d", lambda nn: nn.InstanceNorm2d(2, affine=True), (2, 2, 2, 3)),
    module_case("InstanceNorm3d", lambda nn: nn.InstanceNorm3d(2, eps=0.1), (2, 2, 1, 2, 3)),
    module_case("GroupNorm", lambda nn: nn.GroupNorm(2, 4), (2, 4, 3)),
    module_case("GroupNorm:one group", lambda nn: nn.GroupNorm(1, 4, eps=0.1, bias=False), (2, 4)),
    module_case("GroupNorm:no affine", lambda nn: nn.GroupNorm(4, 4, affine=False), (2, 4, 2, 2)),
    module_case("LayerNorm", lambda nn: nn.LayerNorm(4), (2, 3, 4)),
    module_case("LayerNorm:two dimensions", lambda nn: nn.LayerNorm([3, 4], eps=0.1), (2, 3, 4)),
    module_case("LayerNorm:no bias", lambda nn: nn.LayerNorm((4,), bias=False), (3, 4)),
    module_case("LayerNorm:no affine", lambda nn: nn.LayerNorm(4, elementwise_affine=False), (4,)),
    module_case("RMSNorm", lambda nn: nn.RMSNorm(4), (2, 3, 4)),
    module_case("RMSNorm:eps", lambda nn: nn.RMSNorm((3, 4), eps=0.1), (2, 3, 4)),
    module_case("RMSNorm:no affine", lambda nn: nn.RMSNorm(4, elementwise_affine=False), (3, 4)),
    module_case("LocalResponseNorm", lambda nn: nn.LocalResponseNorm(2, alpha=0.5), (2, 4, 3)),
    module_case("LocalResponseNorm:images", lambda nn: nn.LocalResponseNorm(3, 0.3, 0.5, 2), (2, 4, 2, 2)),
]
