"""Which modules of a model are its layers, as they are called when it runs."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from nets.models.evaluation import inner_model, run


@dataclass
class _Calls:
    """Modules that are called, by name.

    outer        those in which another of the model's modules is called
    strangers    (the module that runs, the class) of calls of what is no module of the model, one in a list for example
    """

    names: dict[nn.Module, str]
    wrappers: set[nn.Module]
    running: list[str] = field(default_factory=list)
    called: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    strangers: dict[tuple[str, str], None] = field(default_factory=dict)

    def enter(self, module: nn.Module, inputs: object) -> None:
        name = self.names.get(module)
        if name is not None:
            self.outer.update(self.running)
            self.running.append(name)
        elif module not in self.wrappers:
            self.strangers[self.running[-1] if self.running else "", type(module).__name__] = None

    def leave(self, module: nn.Module, inputs: object, output: object) -> None:
        name = self.names.get(module)
        if name is None:
            return
        self.called.add(name)
        if name in self.running:  # of a compiled module hooks run twice
            del self.running[self.running.index(name) :]


def layers_called(model: nn.Module, images: Tensor) -> tuple[list[str], list[str]]:
    """(names of the modules that are called with no other module called inside, or have parameters of their own, in the
    order of the model; names of modules without submodules that are not called, and classes of modules that are called
    and not the model's, where they are no part of one of the former).

    What computes a parametrised weight is part of the module that has the weight.
    """
    modules = {
        name: module
        for name, module in inner_model(model).named_modules()
        if name and "parametrizations" not in name.split(".")
    }
    calls = _recorded(model, images, modules)
    inner = calls.called - calls.outer
    layers = [name for name in modules if name in inner or (name in calls.called and _own_parameters(modules[name]))]
    silent = [
        name
        for name, module in modules.items()
        if name not in calls.called
        and _is_layer(module)
        and not any(child != name and child.startswith(f"{name}.") for child in modules)
        and not any(name.startswith(f"{other}.") for other in inner)
    ]
    strangers = {kind: None for parent, kind in calls.strangers if parent not in inner}
    return layers, [*silent, *(f"{kind}, not among the model's modules" for kind in strangers)]


def _recorded(model: nn.Module, images: Tensor, modules: dict[str, nn.Module]) -> _Calls:
    calls = _Calls({module: name for name, module in modules.items()}, set(model.modules()))
    handles: list[Callable[[], None]] = [
        register_module_forward_pre_hook(calls.enter).remove,
        register_module_forward_hook(calls.leave).remove,
    ]
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", "Using `torch.compile"
            )  # hooks fire twice for the wrapper, which has none
            run(model, images)
    finally:
        for remove in handles:
            remove()
    return calls


def _own_parameters(module: nn.Module) -> bool:
    return next(module.parameters(recurse=False), None) is not None


def _is_layer(module: nn.Module) -> bool:
    """Whether the module could be called, or has weights that act by another way."""
    if isinstance(module, nn.ParameterList | nn.ParameterDict):
        return False
    scripted = isinstance(module, torch.jit.ScriptModule)
    return _own_parameters(module) or scripted or type(module).forward is not nn.Module.forward
