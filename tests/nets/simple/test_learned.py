"""Simple CNNs through their filter tensors and back."""

import torch

from nets.models.learned import start_alone, without_mode
from nets.simple.learned import filters_of, intervened, splits, with_filters
from nets.simple.network import initialize
from theory.definitions.architecture import Architecture


def test_filters_go_there_and_back() -> None:
    for dim in (1, 2):
        networks = initialize(Architecture(3, 1, 4), 6, [0, 1], dim)
        for seed in range(2):
            network = networks.select([seed])
            layers = filters_of(network, dim)
            assert [tuple(f.shape) for f in layers] == [(6, 1, *[3] * dim), *[(6, 6, *[3] * dim)] * 3]
            # w of pixel o, from input channel c' to channel c
            assert torch.equal(layers[2].flatten(2)[4, 5, 1], network.filters(3)[0, 1, 5, 4])
            again = with_filters(network, layers)
            assert all(torch.equal(again.tensors()[n], t) for n, t in network.tensors().items())


def test_a_single_layer_has_no_hidden_filters() -> None:
    network = initialize(Architecture(3, 1, 1), 6, [0])
    assert torch.equal(with_filters(network, filters_of(network)).first, network.first)


def test_each_seed_is_changed_by_itself() -> None:
    before, after = (initialize(Architecture(3, 1, 3), 8, seeds) for seeds in ([0, 1], [2, 3]))
    parts = splits(before, after)
    together = intervened(after, parts, without_mode(0), (5, 6))
    alone = intervened(after.view(1), parts[1:], without_mode(0), (6,))
    assert torch.equal(together.select([1]).hidden, alone.hidden)
    dropped = intervened(after, parts, start_alone, (5, 6))
    torch.testing.assert_close(dropped.hidden[0, 1], before.hidden[0, 1] * parts[1][1].sigma)
    assert torch.equal(dropped.bias, after.bias)
