"""Runs Optuna's samplers on a recorded space, scored like `fastgpu-bench replay`.

A measurement outside of the product: needs `pip install optuna scipy torch` in an environment of its own.

  python bench/tuner/optuna_replay.py A100.json.gz --sampler tpe --repeats 20 --seed 0 --json

Protocol "valid": Optuna has no way to be told the restrictions of a space, so a proposal that breaks one, or that was
measured before, is answered at once and costs no evaluation (a broken restriction as pruned, a repetition with its
known value). This is as kind to Optuna as can be: only new valid configurations count. After 30 proposals in a row
that count nothing, a random configuration that is left is enqueued, as otherwise a run may never end.

The GP sampler reads completed trials only and would propose a pruned configuration again. It is told a broken restriction
as the worst value so far with a constraint that does not hold, which is its own way to learn a region, and a random
configuration is enqueued after 5 proposals in a row, as each costs it a second or more. One thread is enough for it:
OMP_NUM_THREADS=1.
"""

import argparse
import gzip
import json
import math
import random
import sys
import time

import optuna


def read_space(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
        data = json.load(file)
    keys = data["tune_params_keys"]
    params = {key: sorted(set(data["tune_params"][key])) for key in keys}
    points = {}
    for entry in data["cache"].values():
        value = entry["time"]
        is_time = isinstance(value, (int, float)) and math.isfinite(value)
        points[tuple(entry[key] for key in keys)] = value if is_time else None
    return keys, params, points


def statistics(points, cutoff=0.95):
    values = sorted(value for value in points.values() if value is not None)
    count = len(values)
    middle = count // 2
    median = values[middle] if count % 2 else (values[middle - 1] + values[middle]) / 2
    target = values[0] + (1 - cutoff) * (median - values[0])
    index = count - sum(value <= target for value in values)
    return values, max(1, math.ceil(index / (count + 1 - index)))


def score(values, budget, best):
    count, optimum = len(values), values[0]
    total = 0
    for m in range(1, budget + 1):
        baseline = values[count - 1 - min(count - 1, round(m * (count + 1) / (m + 1)))]
        reached = best[min(m, len(best)) - 1]
        total += (baseline - reached) / (baseline - optimum) if baseline != optimum else float(reached == optimum)
    return total / budget


def sampler_of(name, seed):
    if name == "tpe":
        return optuna.samplers.TPESampler(seed=seed, multivariate=True)
    if name == "tpe-default":
        return optuna.samplers.TPESampler(seed=seed)
    if name == "gp":
        return optuna.samplers.GPSampler(seed=seed, deterministic_objective=True)
    return optuna.samplers.RandomSampler(seed=seed)


def run(space, sampler, seed, budget, optimum):
    keys, params, points = space
    distributions = {}
    for key in keys:
        values = params[key]
        # Indices of the sorted values: an order, and steps of one, as in our own encoding.
        distributions[key] = optuna.distributions.IntDistribution(0, len(values) - 1)
    distributions = {key: d for key, d in distributions.items() if d.high > 0}
    study = optuna.create_study(sampler=sampler_of(sampler, seed))
    chance = random.Random(seed)
    seen, best, lowest, idle = set(), [], math.inf, 0
    left = list(points)
    is_gp = sampler == "gp"
    worst = None
    while len(best) < budget:
        if idle >= (5 if is_gp else 30):
            free = [key for key in left if key not in seen]
            chosen = free[chance.randrange(len(free))]
            study.enqueue_trial({key: params[key].index(v) for key, v in zip(keys, chosen) if key in distributions})
        trial = study.ask(distributions)
        point = tuple(params[key][trial.params.get(key, 0)] for key in keys)
        if point not in points or points[point] is None:
            if is_gp and worst is not None:
                trial.set_constraint("restriction", 1)
                study.tell(trial, worst)
            else:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            if point in points and point not in seen:
                seen.add(point)
                best.append(lowest)
                idle = 0
            else:
                idle += 1
            continue
        worst = points[point] if worst is None else max(worst, points[point])
        if is_gp:
            trial.set_constraint("restriction", -1)
        study.tell(trial, points[point])
        if point in seen:
            idle += 1
            continue
        idle = 0
        seen.add(point)
        lowest = min(lowest, points[point])
        best.append(lowest)
        if lowest == optimum:
            best.extend([lowest] * (budget - len(best)))
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("space")
    parser.add_argument("--sampler", default="tpe", choices=["tpe", "tpe-default", "gp", "random"])
    parser.add_argument("--budget", type=int, help="default: the budget of the methodology")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = read_space(options.space)
    values, methodology = statistics(space[2])
    budget = options.budget or methodology
    runs, start = [], time.perf_counter()
    for repeat in range(options.repeats):
        runs.append(run(space, options.sampler, options.seed + repeat, budget, values[0]))
        print(f"run {repeat + 1} of {options.repeats}", file=sys.stderr)
    worst = values[-1]
    mean = [sum(worst if run[i] == math.inf else run[i] for run in runs) / len(runs) for i in range(budget)]
    result = {
        "space": options.space,
        "strategy": f"optuna-{options.sampler} {optuna.__version__}",
        "repeats": options.repeats,
        "budget": budget,
        "methodologyBudget": methodology,
        "score": score(values, min(budget, methodology), mean),
        "milestones": [
            {
                "evaluations": m,
                "fraction": sum(0 if run[m - 1] == math.inf else values[0] / run[m - 1] for run in runs) / len(runs),
            }
            for m in [25, 50, 100, 200, 400]
            if m <= budget
        ],
        "seconds": time.perf_counter() - start,
    }
    print(json.dumps(result, indent=None if options.json else 2))


main()
