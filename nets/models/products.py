"""Marks of products of matrices."""

import math

import torch

from nets.models.operation import Marks, Operation, behind, is_place, middle, no_mark

# operators, and how many arguments are added to the product of the next two
PRODUCTS = {"mm": 0, "bmm": 0, "addmm": 1, "baddbmm": 1, "matmul": 0, "mv": 0, "addmv": 1, "dot": 0}


def combines_places(operation: Operation) -> bool:
    """Whether a product sums over elements that stand at different places."""
    first = PRODUCTS[operation.name]
    for factor, dim in zip(operation.args[first : first + 2], (-1, -2), strict=True):
        marks = operation.marks_of(factor)
        axes = (len(marks) - 1) // 3 if marks else 0
        for place in marks[2 * axes : 3 * axes] if marks else ():
            along = dim if place.dim() > 1 else -1
            lowest = torch.where(place == 0, math.inf, place).amin(along)
            if bool((place.amax(along) > lowest).any()):
                return True
    return False


def product_marks(operation: Operation) -> Marks:
    """Rows of the left factor, columns of the right one, and what is added."""
    first = PRODUCTS[operation.name]
    left, right = operation.args[first : first + 2]
    axes = (len(operation.sources[0]) - 1) // 3
    marks = [no_mark(operation.output.shape) for _ in range(3 * axes + 1)]
    for factor, dim in ((left, -1), (right, -2 if right.dim() > 1 else -1)):
        own = operation.marks_of(factor)
        for n, mark in enumerate(own or ()):
            part = middle(mark, [dim]) if is_place(n, axes) else mark.amax(dim, keepdim=True)
            if operation.output.dim() < part.dim():
                part = part.squeeze(dim)
            marks[n] = torch.maximum(marks[n], part.broadcast_to(operation.output.shape))
    for added in operation.args[:first]:
        for n, mark in enumerate(operation.marks_of(added) or ()):
            marks[n] = torch.maximum(marks[n], mark.broadcast_to(operation.output.shape))
    if operation.is_learned(left) or operation.is_learned(right):
        marks[-1] = behind(marks)
    return tuple(marks)
