"""Section 1 of docs/explanation/period-step.md: what is revealed at the start of a period."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import ON_HAND, Floats, Ints, Words
from replenish.simulation.kernel.compiled import compiled, inlined
from replenish.simulation.kernel.records import Records
from replenish.simulation.kernel.tables import Tables


@compiled
def move_chains(t: int, tables: Tables, amounts: Floats, codes: Ints, words: Words) -> None:
    """Move each chain by one draw, or to its forced state."""
    for k in range(tables.chains.shape[0]):
        chain, forced = tables.chains[k], tables.forced[t, k]
        now, word = codes[chain.state], words[chain.word, t % 4]
        if forced >= 0:
            for i in range(now.shape[0]):
                now[i] = forced
        elif t > 0 and chain.first_influence < chain.end_influence:
            move_under_influence(t, k, now, word, tables, amounts)
        else:
            move(t, now, word, tables.moves[k], chain.states - 1)
        reading = amounts[chain.reading]
        for i in range(now.shape[0]):
            reading[i] = now[i]


@compiled
def move(t: int, now: Ints, word: Words, moves: Words, last: int) -> None:
    """Move a chain in each lane: count the thresholds that the word passes."""
    for i in range(now.shape[0]):
        row, state = np.uint64(now[i] + 1 if t > 0 else 0), 0
        for s in range(last):
            state += 1 if word[i] > moves[row, s] else 0
        now[i] = state


@compiled
def move_under_influence(t: int, k: int, now: Ints, word: Words, tables: Tables, amounts: Floats) -> None:
    """Move a chain whose probabilities depend on stocks or on what arrived."""
    chain, lane = tables.chains[k], tables.layout[0].lane
    leaving, drawn, cumulative = amounts[lane], amounts[lane + 1], amounts[lane + 2]
    leaving[:] = 0.0
    for j in range(chain.states):
        add_leaving(t, k, j, now, leaving, tables, amounts)
    for i in range(now.shape[0]):
        drawn[i] = word[i] / 2.0**32
        cumulative[i] = 0.0
    found = amounts[lane + 3]
    found[:] = -1.0
    for j in range(chain.states):
        for i in range(now.shape[0]):
            if now[i] == j:
                cumulative[i] += 1.0 - min(1.0, leaving[i])
            else:
                chance = tables.probability[k, now[i], j] * factor(t, k, j, i, now[i], tables, amounts)
                cumulative[i] += chance / max(1.0, leaving[i])
            if found[i] < 0.0 and (drawn[i] <= cumulative[i] or j == chain.states - 1):
                found[i] = j
    for i in range(now.shape[0]):
        now[i] = int(found[i])


@compiled
def add_leaving(t: int, k: int, j: int, now: Ints, leaving: Floats, tables: Tables, amounts: Floats) -> None:
    """Add the probability of going to state `j` to that of leaving."""
    for i in range(now.shape[0]):
        if now[i] != j:
            leaving[i] += tables.probability[k, now[i], j] * factor(t, k, j, i, now[i], tables, amounts)


@compiled
def factor(t: int, k: int, to_state: int, i: int, from_state: int, tables: Tables, amounts: Floats) -> float:
    """Return by what influences multiply a move in lane `i`."""
    product = 1.0
    for n in range(tables.chains[k].first_influence, tables.chains[k].end_influence):
        influence = tables.influences[n]
        if influence.to_state == to_state and (influence.from_state < 0 or influence.from_state == from_state):
            level, since = 0.0, t if influence.what == ON_HAND else t - 1
            if influence.what == ON_HAND:
                level = amounts[influence.on_hand, i]
            else:
                for f in range(tables.flows.shape[0]):
                    if tables.flows[f].to_stock == influence.stock:
                        level += amounts[tables.flows[f].delivered, i]
            lack = max(0.0, 1.0 - level / tables.reference[since, n])
            product *= max(0.0, 1.0 + influence.strength * lack)
    return product


@compiled
def clear(zeroed: Ints, amounts: Floats) -> None:
    """Let what is summed over a period start at zero: spend, and what leaves stocks in other ways."""
    for n in range(zeroed.shape[0]):
        amounts[zeroed[n], :] = 0.0


@inlined
def reveal(t: int, c: int, tables: Tables, amounts: Floats, codes: Ints) -> None:
    """Write requirement and planning use of a stock."""
    stock = tables.stocks[c]
    write_by_state(t, amounts[stock.requirement], tables.requirement[:, c], stock.chain, tables, codes)
    if stock.plans_use == 0:
        return
    write_by_state(t, amounts[stock.planning_use], tables.planning_use[:, c], stock.use_chain, tables, codes)
    if stock.adds_means == 1:
        add_mean_demand(t, c, amounts[stock.planning_use], tables, amounts, codes)


@inlined
def write_by_state(t: int, row: Floats, values: Floats, chain: int, tables: Tables, codes: Ints) -> None:
    """Write the value of the period, (T, S), in each lane's state; nothing where it is the same as before."""
    if chain >= 0:
        state, now = codes[tables.chains[chain].state], values[t]
        for i in range(row.shape[0]):
            row[i] = now[np.uint64(state[i])]
    elif t == 0 or values[t, 0] != values[t - 1, 0]:
        row[:] = values[t, 0]


@compiled
def add_mean_demand(t: int, c: int, planned: Floats, tables: Tables, amounts: Floats, codes: Ints) -> None:
    """Take the mean demand as planning use where none is stated; only where it depends on several chains."""
    use, days, chain = amounts[tables.layout[0].lane], tables.clock[t].days, tables.stocks[c].chain
    stated = tables.planning_use[t, c]
    use[:] = 0.0
    for d in range(tables.stocks[c].first_demand, tables.stocks[c].end_demand):
        own, means = tables.demands[d].chain, tables.mean[t, d]
        if own >= 0:
            state = codes[tables.chains[own].state]
            for i in range(use.shape[0]):
                use[i] += means[state[i]]
        else:
            for i in range(use.shape[0]):
                use[i] += means[0]
    for i in range(use.shape[0]):
        now = stated[codes[tables.chains[chain].state, i]] if chain >= 0 else stated[0]
        planned[i] = now if now > 0.0 else use[i] / days


@compiled
def move_outages(t: int, lines: Records, codes: Ints, words: Words) -> None:
    """Let lines stop and work again."""
    for m in range(lines.shape[0]):
        if lines[m].word >= 0:
            is_out, word = codes[lines[m].is_out], words[lines[m].word, t % 4]
            for i in range(is_out.shape[0]):
                if is_out[i] == 0:
                    is_out[i] = 1 if word[i] <= lines[m].outage_start else 0
                else:
                    is_out[i] = 0 if word[i] <= lines[m].outage_end else 1


@compiled
def complete_expansions(t: int, expansions: Records, amounts: Floats, codes: Ints, progress: Ints) -> None:
    """Let expansions whose construction ends raise the capacity of their line."""
    for x in range(expansions.shape[0]):
        expansion = expansions[x]
        if t <= expansion.start or progress[x] == 2:
            continue
        if expansion.is_called == 1:
            complete_parts(t, expansion, amounts, codes)
            continue
        stage, completion, late = codes[expansion.stage], codes[expansion.completion], codes[expansion.late]
        gain, added = amounts[expansion.gain], amounts[expansion.added]
        complete = 0
        for i in range(stage.shape[0]):
            if stage[i] == 2 and t >= completion[i] + late[i]:
                stage[i] = 3
                added[i] += gain[i]
            complete += 1 if stage[i] == 3 else 0
        if complete == stage.shape[0]:
            progress[x] = 2


@compiled
def complete_parts(t: int, expansion: Records, amounts: Floats, codes: Ints) -> None:
    """Let the part of an expansion whose construction ends raise the capacity; all parts of a path take as long."""
    completion, gain, added = codes[expansion.completion], amounts[expansion.gain], amounts[expansion.added]
    for i in range(gain.shape[0]):
        begun = t - max(1, completion[i] - expansion.start)
        if begun >= expansion.start:
            added[i] += amounts[expansion.parts + begun, i] * gain[i]
