"""The idealised LeNet, AlexNet, VGG11 and ResNet18: spatial layers with homogeneous filters, pooling as averages."""

from dataclasses import dataclass

from theory import layer_stack
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.stack import Layer, Stack, box, strides
from theory.sum_rule import sum_rule_defect
from validate.law.remedies import lengthened

NAMED: dict[str, tuple[tuple[str, Layer], ...]] = {
    "lenet": (("conv 5", box(5)), ("pool 2/2", box(2, 2)), ("conv 5", box(5)), ("pool 2/2", box(2, 2))),
    "alexnet": (
        ("conv 11/4", box(11, 4)),
        ("pool 3/2", box(3, 2)),
        ("conv 5", box(5)),
        ("pool 3/2", box(3, 2)),
        *(("conv 3", box(3)),) * 3,
        ("pool 3/2", box(3, 2)),
    ),
    "vgg11": tuple(
        entry
        for convolutions in (1, 1, 2, 2, 2)
        for entry in (*(("conv 3", box(3)),) * convolutions, ("pool 2/2", box(2, 2)))
    ),
    "resnet18": (
        ("conv 7/2", box(7, 2)),
        ("pool 3/2", box(3, 2)),
        *(("conv 3", box(3)),) * 4,
        *(("conv 3/2", box(3, 2)), *(("conv 3", box(3)),) * 3) * 3,
    ),
}


@dataclass(frozen=True)
class IdealisedStack:
    """A named stack in two dimensions, layer by layer: D_k, G_k as it is, and with every filter that does not pool
    lengthened.
    """

    name: str
    labels: list[str]
    steps: list[int]
    sum_rule_defects: list[float]
    sensitivities: Sensitivities
    lengthened: Sensitivities


def idealise(name: str) -> IdealisedStack:
    """The stack of this name in NAMED."""
    labels, layers = zip(*NAMED[name], strict=True)
    stack: Stack = layers
    return IdealisedStack(
        name,
        list(labels),
        strides(stack)[1:],
        [float(sum_rule_defect(layer)) for layer in stack],
        layer_stack.stack_sensitivities(stack, dim=2),
        layer_stack.stack_sensitivities(tuple(remedy for layer in stack for remedy in lengthened(layer)), dim=2),
    )
