"""A number copied off the device keeps the value it had."""

import torch

from burnish.train.late import Late


def test_it_holds_the_value_of_the_moment():
    tensor = torch.tensor([1.0, 2.0])
    late = Late(tensor)
    tensor.add_(5)
    assert late.value().tolist() == [1.0, 2.0]
    assert Late(torch.tensor(3, dtype=torch.float64)).value().dtype == torch.float64
