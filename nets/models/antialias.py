"""A copy of a model whose steps over pixels blur before they subsample, its weights kept (Zhang 2019)."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nets.models.antialiased_step import Antialiased, beyond_border, by_axis, set_stride
from nets.models.blur_place import blur_place
from nets.models.evaluation import AnswerRefused, evaluation_mode, inner_model
from nets.models.geometry import window_of
from nets.models.operations import CONVOLUTIONS, Step, steps
from nets.models.trace import accepted_images

LONGEST_BLUR = 64
# of a step at stride 1, relative to its outputs, in bfloat16
ROUNDING = 0.02
KINDS: dict[int, tuple[type[nn.Module], ...]] = {
    1: (nn.Conv1d, nn.MaxPool1d, nn.AvgPool1d),
    2: (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d),
    3: (nn.Conv3d, nn.MaxPool3d, nn.AvgPool3d),
}


@torch.no_grad()
def antialias(model: nn.Module, image: Tensor, layers: Sequence[str] | None = None, blur: int = 3) -> nn.Module:
    """A copy of the model in which each step that subsamples is taken densely, blurred by the binomial of `blur` pixels
    along each axis, then subsampled, where `blur_place` says: behind the norm and activation that follow a convolution
    (Zhang 2019), directly behind a pooling. Weights, and the shapes of what is read on, are kept. Modules that are
    blurred are `Antialiased`; `layer.dense` of the copy is the module itself, with its parametrisations and hooks.
    Batch norms keep the statistics that they have (`nets.models.calibration`).

    image    (B, C, …), of which the first is shown to the model, any values
    layers   names of modules; default all convolutions and max poolings of stride > 1, average poolings whose stride
             does not divide their window; fixed blurs are left as they are

    Raises ValueError, one sentence, for a model without such a step, with one that is no module (a functional call, a
    slice with a step) where no layers are named, that cannot be copied, or of which a step gives other numbers at
    stride 1.
    """
    if isinstance(blur, bool) or not isinstance(blur, int) or not 1 <= blur <= LONGEST_BLUR:
        raise ValueError(f"a blur of {blur} pixels cannot be: use a whole number from 1 to {LONGEST_BLUR}")
    try:
        copied = copy.deepcopy(model)
    except Exception as error:
        raise ValueError(
            f"{type(model).__name__} cannot be copied ({type(error).__name__}): repair its __deepcopy__"
        ) from None
    recorded = steps(copied, image)
    inner = inner_model(copied)
    modules = _named(inner, recorded, layers) if layers else _all_subsampling(inner, recorded)
    strides = {module: by_axis(module.stride, _axes(module)) for module in modules}  # type: ignore[arg-type]
    blurred = _blurred(inner, recorded, strides, blur)
    for parent in [*copied.modules()]:
        for name, child in parent._modules.items():
            if child in blurred:
                parent._modules[name] = blurred[child]
    result: nn.Module = blurred.get(copied, copied)
    _require_same_steps(result, strides, image)
    return result


def antialiased_layers(model: nn.Module) -> list[str]:
    """Names of the steps that were replaced."""
    return [*blur_places(model)]


def blur_places(model: nn.Module) -> dict[str, str]:
    """{step that was replaced: "behind" or "before", and the module that is blurred there}, in the model's order."""
    places = {}
    for name, module in inner_model(model).named_modules():
        if isinstance(module, Antialiased):
            places[module.step] = f"{'before' if module.before else 'behind'} {name.replace('.dense', '')}"
    return places


def _blurred(
    model: nn.Module, recorded: Sequence[Step], strides: Mapping[nn.Module, tuple[int, ...]], blur: int
) -> dict[nn.Module, nn.Module]:
    """{module: what stands in its place}; the steps themselves run at stride 1 from now on."""
    names = {module: name for name, module in model.named_modules()}
    blurred: dict[nn.Module, nn.Module] = {}
    for module, stride in strides.items():
        step = next(step for step in recorded if step.module is module and _stride(step) > 1)
        place = blur_place(step, recorded)
        inside = blurred.get(place.module, place.module)
        blurred[place.module] = Antialiased(inside, stride, blur, place.before, names[module])
    for module, stride in strides.items():
        set_stride(module, [1] * len(stride))
    return blurred


def _all_subsampling(model: nn.Module, recorded: Sequence[Step]) -> list[nn.Module]:
    """The modules that subsample. Raises ValueError where one cannot be replaced, or there is none."""
    names = {module: f"the layer {name}" if name else "the model itself" for name, module in model.named_modules()}
    subsampling = [step for step in recorded if _subsamples(step)]
    calls = [
        f"{step.operation.name} in {names.get(step.module, type(step.module).__name__)}"
        for step in subsampling
        if not _is_replaceable(step)
    ]
    if calls:
        raise ValueError(
            f"{type(model).__name__} subsamples by what is no convolution or pooling module that returns one tensor "
            f"({', '.join(dict.fromkeys(calls))}) and cannot be replaced: write such modules, or name layers"
        )
    if not subsampling:
        raise ValueError(
            f"{type(model).__name__} has no convolution or pooling whose stride aliases, so there is nothing to "
            "antialias: name layers, or measure the model as it is"
        )
    return [*dict.fromkeys(step.module for step in subsampling)]


def _named(model: nn.Module, recorded: Sequence[Step], layers: Sequence[str]) -> list[nn.Module]:
    """The modules of these names. Raises ValueError for those that do not run with a stride."""
    modules = dict(model.named_modules())
    strided = {step.module for step in recorded if _stride(step) > 1 and _is_replaceable(step)}
    for name in layers:
        if name not in modules:
            raise ValueError(f"there is no layer {name}: name modules of the model")
        if modules[name] not in strided:
            possible = ", ".join(other for other, module in modules.items() if module in strided)
            raise ValueError(
                f"the layer {name} is no convolution or pooling that runs with a stride above 1 and returns one "
                f"tensor: use some of {possible or 'another model, this one has none'}"
            )
    return [modules[name] for name in dict.fromkeys(layers)]


def _stride(step: Step) -> int:
    """The largest of a convolution, pooling, slice, unfolding or resize to fewer pixels without antialiasing; 1 for all
    others.
    """
    operation, read = step.operation, step.operation.args[0] if step.operation.args else None
    if not isinstance(read, Tensor) or "adaptive" in operation.name:
        return 1
    if operation.name in ("slice", "unfold"):
        dim = operation.argument("dim" if operation.name == "slice" else "dimension", 0) % read.dim()
        return int(operation.argument("step", 1)) if read.dim() > 2 and dim > 1 else 1
    if operation.name == "im2col":
        return int(max(operation.argument("stride")))
    if operation.name.startswith("upsample_"):
        return max(-(-old // new) for old, new in zip(read.shape[2:], operation.output.shape[2:], strict=True))
    if not (operation.name in CONVOLUTIONS or step.is_pooling) or operation.argument("transposed", False):
        return 1
    window = window_of(operation)
    return 1 if window is None else max(window[1])


def _subsamples(step: Step) -> bool:
    """With a stride that aliases by the law, whatever the filter: an average whose window the stride divides does
    not.
    """
    if _stride(step) == 1 or _is_fixed(step):
        return False
    if "avg_pool" not in step.operation.name:
        return True
    size, stride, _ = window_of(step.operation) or ([], [], [])
    return any(f % s for f, s in zip(size, stride, strict=True))


def _is_fixed(step: Step) -> bool:
    """Whether it is a blur: one filter, the same for each channel by itself, that is not trained."""
    if step.operation.name not in CONVOLUTIONS:
        return False
    weight = step.operation.args[1]
    alike = weight.shape[1] == 1 and torch.allclose(weight, weight[:1].expand_as(weight))
    own = step.module.parameters(recurse=_axes(step.module) > 0)  # parametrised weights lie below
    return alike and not any(parameter.requires_grad for parameter in own)


def _axes(module: nn.Module) -> int:
    """Along which a convolution or pooling module runs; 0 of all others."""
    return next((axes for axes, kinds in KINDS.items() if isinstance(module, kinds)), 0)


def _is_replaceable(step: Step) -> bool:
    """Whether a module of PyTorch's does it, by its own stride, and returns one tensor."""
    module, axes = step.module, _axes(step.module)
    if not axes or not (step.operation.name in CONVOLUTIONS or step.is_pooling):
        return False
    stride = by_axis(module.stride, axes)  # type: ignore[arg-type]
    return max(stride) == _stride(step) and not getattr(module, "return_indices", False)


def _require_same_steps(model: nn.Module, strides: Mapping[nn.Module, tuple[int, ...]], image: Tensor) -> None:
    """Run the copy once: what each step gives densely, subsampled, is what it gives at its stride, to the shape."""
    names = {module: name for name, module in inner_model(model).named_modules()}

    def compare(module: nn.Module, args: Any, kwargs: Any, dense: Tensor) -> None:
        stride = strides[module]
        set_stride(module, stride)
        old = module.forward(*args, **kwargs)
        set_stride(module, [1] * len(stride))
        subsampled: tuple[Any, ...] = (..., *(slice(None, None, s) for s in stride))
        kept = dense[subsampled]
        common: tuple[Any, ...] = (..., *(slice(0, n) for n in kept.shape[-len(stride) :]))
        difference = torch.linalg.vector_norm((kept - old[common]).double())
        beyond = [more > 0 for more in beyond_border(module, dense.shape[-len(stride) :], stride)]
        sides = [side + more for side, more in zip(kept.shape[-len(stride) :], beyond, strict=True)]
        if [*old.shape[-len(stride) :]] != sides or difference > ROUNDING * torch.linalg.vector_norm(old.double()):
            raise AnswerRefused(
                f"the layer {names[module].removesuffix('dense').strip('.') or 'that is the model itself'} gives other "
                "numbers at stride 1 than at its stride, as one that pads by its stride does, or another shape: name "
                "other layers"
            )

    handles = [module.register_forward_hook(compare, with_kwargs=True) for module in strides]
    try:
        with evaluation_mode(model):
            accepted_images(model, image)
    finally:
        for handle in handles:
            handle.remove()
