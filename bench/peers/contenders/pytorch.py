"""PyTorch on the CPU, eager, with its fused Adam: the same networks, weights and batches. A measuring script only;
nothing of FastGPU needs Python. Usage: pytorch.py <model> <threads> <seconds>."""

import json
import os
import sys
import time

name, threads, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
os.environ["OMP_NUM_THREADS"] = str(threads)
import torch  # noqa: E402  (reads the number of threads when it is loaded)
from torch import nn  # noqa: E402

torch.set_num_threads(threads)
STEPS = 10
MASK = 0xFFFFFFFF


def uniform(seed, size):
    """The generator of random.mjs."""
    state, values = seed & MASK, []
    for _ in range(size):
        state = (state * 1664525 + 1013904223) & MASK
        values.append(state / 2**32)
    return torch.tensor(values, dtype=torch.float64)


def symmetric(seed, shape, limit):
    size = 1
    for dim in shape:
        size *= dim
    return ((uniform(seed, size) * 2 - 1) * limit).float().reshape(shape)


if name == "mlp":
    batch, sample = 128, [784]
    network = nn.Sequential(nn.Linear(784, 128), nn.Sigmoid(), nn.Linear(128, 10))
    shapes = [([784, 128], 0.08), ([128], 0), ([128, 10], 0.2), ([10], 0)]
else:
    batch, sample = 64, [1, 28, 28]
    network = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip
    shapes = [([32, 1, 3, 3], 0.14), ([32], 0), ([64, 32, 3, 3], 0.083), ([64], 0)]
    shapes += [([3136, 128], 0.043), ([128], 0), ([128, 10], 0.2), ([10], 0)]

with torch.no_grad():
    for index, (parameter, (shape, limit)) in enumerate(zip(network.parameters(), shapes)):
        values = symmetric(index + 1, shape, limit)
        parameter.copy_(values.T if len(shape) == 2 else values)

rows, width = STEPS * batch, 1
for dim in sample:
    width *= dim
x = torch.clamp(uniform(100, rows * width) * 4 - 3, min=0).float().reshape([rows, *sample])
labels = (uniform(200, rows) * 10).floor().long()
optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.9, 0.999), eps=1e-7, fused=True)
criterion = nn.CrossEntropyLoss()
step = 0


def run():
    global step
    at = (step % STEPS) * batch
    step += 1
    optimizer.zero_grad(set_to_none=True)
    loss = criterion(network(x[at : at + batch]), labels[at : at + batch])
    loss.backward()
    optimizer.step()
    return loss.item()


losses = [run() for _ in range(STEPS)]
step_ns, cpu_ns = [], []
end = time.perf_counter() + seconds
while time.perf_counter() < end or len(step_ns) < 3:
    start, cpu = time.perf_counter_ns(), time.process_time_ns()
    run()
    step_ns.append(time.perf_counter_ns() - start)
    cpu_ns.append(time.process_time_ns() - cpu)
print(json.dumps({"losses": losses, "stepNs": step_ns, "cpuNs": cpu_ns, "version": torch.__version__}))
