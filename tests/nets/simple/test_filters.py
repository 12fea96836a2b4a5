import pytest
import torch

from nets.simple.filters import (
    channel_defect,
    channel_sum_rule_defect,
    defect,
    homogeneity,
    mean_filters,
    remainder_sums,
    sum_rule_defect,
)
from nets.simple.network import initialize
from theory.definitions.architecture import Architecture


def test_homogeneity_of_random_and_constant_filters() -> None:
    networks = initialize(Architecture(3, 1, 3), 64, [0])
    shares = homogeneity(networks)
    assert (shares[0, 1:] - 1 / 3).abs().max() < 0.02  # 4096 filters of three random entries
    networks.hidden.view(2, 1, 3, 64, 64)[:] = torch.randn(2, 1, 1, 64, 64)
    torch.testing.assert_close(homogeneity(networks)[0, 1:], torch.ones(2, dtype=torch.float64))


def test_homogeneity_of_one_filter_by_projection() -> None:
    networks = initialize(Architecture(3, 1, 1), 1, [0])
    networks.first[0, :, 0] = torch.tensor([1.0, 2.0, 0.0])
    # (Ψ₀·w)²/‖w‖² with Ψ₀ = (1, 1, 1)/√3
    assert homogeneity(networks).item() == pytest.approx((3 / 3**0.5) ** 2 / 5)


def test_mean_filters() -> None:
    networks = initialize(Architecture(2, 2, 2), 3, [0, 1])
    filters = mean_filters(networks)
    assert filters.shape == (2, 2, 2)
    torch.testing.assert_close(filters[1, 0], networks.first[1].double().mean(1))
    torch.testing.assert_close(filters[0, 1, 0], networks.hidden[0, 0, :3].double().mean())


def test_sum_rule_defect() -> None:
    networks = initialize(Architecture(3, 2, 3), 4, [0, 1])
    networks.first[:] = torch.tensor([1.0, 2.0, 1.0])[:, None]
    networks.hidden.view(2, 2, 3, 4, 4)[:] = torch.tensor([0.5, 0.5, 0.5])[:, None, None]
    expected = torch.tensor([[0, 1 / 3, 1 / 3]] * 2, dtype=torch.float64)
    torch.testing.assert_close(sum_rule_defect(networks, 2), expected)
    # of stride 3 every offset is a class of its own
    assert sum_rule_defect(networks, 3)[0].tolist() == pytest.approx([0.25, 0, 0])


def test_remainder_sums_by_hand() -> None:
    filters = torch.tensor([[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]])
    assert remainder_sums(filters, [2, 2]).tolist() == [[1 + 3 + 7 + 9, 2 + 8, 4 + 6, 5]]
    assert remainder_sums(filters, [2, 1]).tolist() == [[1 + 2 + 3 + 7 + 8 + 9, 4 + 5 + 6]]
    # dilated twice, every offset is even
    assert remainder_sums(filters, [2, 2], [2, 2]).tolist() == [[45, 0, 0, 0]]


def test_blurred_pooling_has_no_defect_and_a_box_a_third() -> None:
    blur = torch.tensor([1.0, 2, 1])
    assert defect(remainder_sums(torch.outer(blur, blur), [2, 2])).item() == 0
    assert defect(remainder_sums(torch.ones(3), [2])).item() == pytest.approx(1 / 3)


def test_channel_defect_is_aliased_over_pooled_power() -> None:
    filters = torch.randn(4, 5, 6, dtype=torch.float64)
    phases = torch.exp(2j * torch.pi * torch.arange(3)[:, None].double() * torch.arange(6) / 3)
    power = (filters.to(torch.complex128) @ phases.T).abs().square().sum((0, 1))
    expected = ((power[1] + power[2]) / power[0]).sqrt().item()
    assert channel_defect(remainder_sums(filters, [3])).item() == pytest.approx(expected)


def test_channels_may_break_what_their_mean_satisfies() -> None:
    networks = initialize(Architecture(2, 2, 1), 2, [0])
    networks.first[0] = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    assert sum_rule_defect(networks, 2).item() == 0
    assert channel_sum_rule_defect(networks, 2).item() == pytest.approx(1)
