"""Sections 2 and 3 of docs/explanation/period-step.md: what comes in, and what is past its life."""

from __future__ import annotations

from replenish.arrays.groups import CLASSES, FIRST_IN_FIRST_OUT, Floats, Ints
from replenish.simulation.kernel.compiled import compiled, inlined
from replenish.simulation.kernel.lanes import copy
from replenish.simulation.kernel.records import Records
from replenish.simulation.kernel.tables import Tables


@inlined
def forget_receipts(t: int, stock: Records, gone: float, amounts: Floats) -> None:
    """Take off what is past its life in this period from what a first-in-first-out stock may still hold."""
    unexpired = amounts[stock.unexpired]
    for i in range(unexpired.shape[0]):
        unexpired[i] -= gone
    if stock.remembered > 0:
        receipts = amounts[stock.receipts + t % stock.remembered]
        for i in range(receipts.shape[0]):
            unexpired[i] -= receipts[i]
            receipts[i] = 0.0


@compiled
def complete_output(t: int, products: Records, amounts: Floats) -> None:
    """Write what lines complete."""
    for p in range(products.shape[0]):
        product = products[p]
        production, output = amounts[product.production], amounts[product.output + t % product.longest]
        for i in range(production.shape[0]):
            production[i] = output[i]
            output[i] = 0.0


@inlined
def receive_output(t: int, o: int, tables: Tables, amounts: Floats) -> None:
    """Receive what is completed for a slot; its orders and contracts reach the book."""
    slot, contracts = tables.slots[o], tables.slot_periods[t, o].contracts
    work = amounts[slot.work + t % slot.longest]
    age_receipts(t, tables.stocks[slot.stock], work, amounts)
    if slot.pays_on_delivery == 1:
        spend = amounts[slot.spend]
        for i in range(work.shape[0]):
            spend[i] += work[i] * slot.price
    received, on_order = amounts[tables.stocks[slot.stock].received], amounts[slot.on_order]
    for i in range(work.shape[0]):
        received[i] += work[i]
        on_order[i] -= work[i]
        work[i] = 0.0
    if contracts > 0.0:
        book_contracts(t, contracts, slot, tables, amounts)
    if slot.wait > 0:
        enter_book(t, slot, amounts[slot.waiting + t % slot.wait], tables, amounts)


@inlined
def age_receipts(t: int, stock: Records, quantity: Floats, amounts: Floats) -> None:
    """Remember when fresh units of a stock came, or will expire."""
    if stock.ages == FIRST_IN_FIRST_OUT:
        unexpired = amounts[stock.unexpired]
        for i in range(quantity.shape[0]):
            unexpired[i] += quantity[i]
        if stock.remembered > 0:
            receipts = amounts[stock.receipts + t % stock.remembered]
            for i in range(quantity.shape[0]):
                receipts[i] += quantity[i]
    elif stock.ages == CLASSES:
        own = amounts[stock.classes + freshest(t, stock) % stock.class_count]
        for i in range(quantity.shape[0]):
            own[i] += quantity[i]


@inlined
def freshest(t: int, stock: Records) -> int:
    """Return the class of units that enter in period `t`."""
    return int((2 * (t + stock.shelf_life) + stock.width) // (2 * stock.width))


@inlined
def book_contracts(t: int, quantity: float, slot: Records, tables: Tables, amounts: Floats) -> None:
    """Let contracts enter the book; those of the first period stand by their due date from the start."""
    book, lead = amounts[slot.book], tables.products[slot.product].lead
    for i in range(book.shape[0]):
        book[i] += quantity
    if slot.due_length > 0 and t > 0:
        due = amounts[slot.due + (t + lead) % slot.due_length]
        for i in range(book.shape[0]):
            due[i] += quantity


@inlined
def enter_book(t: int, slot: Records, waiting: Floats, tables: Tables, amounts: Floats) -> None:
    """Let what has waited enter the book."""
    book = amounts[slot.book]
    if slot.due_length > 0:
        due = amounts[slot.due + (t + tables.products[slot.product].lead) % slot.due_length]
        for i in range(book.shape[0]):
            due[i] += waiting[i]
    for i in range(book.shape[0]):
        book[i] += waiting[i]
        waiting[i] = 0.0


@compiled
def book_slips(t: int, tables: Tables, amounts: Floats, codes: Ints) -> None:
    """Let contracts whose slip is drawn enter the book."""
    for n in range(tables.slips.shape[0]):
        slip = tables.slips[n]
        slot, entry = tables.slots[slip.slot], codes[slip.entry]
        book, lead = amounts[slot.book], tables.products[slot.product].lead
        for i in range(book.shape[0]):
            if entry[i] == t:
                book[i] += slip.quantity
                if slot.due_length > 0:
                    amounts[slot.due + (t + lead) % slot.due_length, i] += slip.quantity


@inlined
def receive_arrival(t: int, f: int, tables: Tables, amounts: Floats) -> None:
    """Take in what survives the way of a flow; it counts for pledges."""
    flow, stock = tables.flows[f], tables.stocks[tables.flows[f].to_stock]
    transit = amounts[flow.transit + t % flow.longest]
    in_transit, delivered, received = amounts[flow.in_transit], amounts[flow.delivered], amounts[stock.received]
    for i in range(transit.shape[0]):
        delivered[i] = transit[i] * flow.survival
        received[i] += delivered[i]
    for i in range(transit.shape[0]):
        in_transit[i] -= transit[i]
        transit[i] = 0.0
    if stock.ages == CLASSES:
        receive_classes(t, flow, stock, amounts)
    if flow.first_pledge < flow.end_pledge:
        rest = amounts[tables.layout[0].lane]
        copy(rest, delivered)
        for g in range(flow.first_pledge, flow.end_pledge):
            if t >= tables.pledges[g].start:
                count_for_pledge(rest, amounts[tables.pledges[g].to_deliver], amounts[tables.pledges[g].delivered])


@inlined
def count_for_pledge(rest: Floats, left: Floats, counted: Floats) -> None:
    """Move what arrives from what is left of a pledge to what is delivered."""
    for i in range(rest.shape[0]):
        taken = min(rest[i], left[i])
        left[i] -= taken
        counted[i] += taken
        rest[i] -= taken


@compiled
def receive_classes(t: int, flow: Records, stock: Records, amounts: Floats) -> None:
    """Take in arrivals by class of expiry; what is past its life counts as expired."""
    last, count = freshest(t, stock), stock.class_count
    first_row = flow.transit_classes + (t % flow.longest) * count
    for j in range(last - count + 1, last + 1):
        arriving = amounts[first_row + j % count]
        to = amounts[stock.expired] if j * stock.width <= t else amounts[stock.classes + j % count]
        for i in range(arriving.shape[0]):
            to[i] += arriving[i] * flow.survival
            arriving[i] = 0.0


@compiled
def enter_storage(on_hand: Floats, outside: Floats, limit: float) -> None:
    """Let what waits outside enter as far as there is room."""
    for i in range(on_hand.shape[0]):
        entering = min(outside[i], max(0.0, limit - on_hand[i]))
        on_hand[i] += entering
        outside[i] -= entering


@compiled
def expire(t: int, stock: Records, amounts: Floats) -> None:
    """Section 3: let units past their life leave, first from on hand, then from outside."""
    if stock.ages == FIRST_IN_FIRST_OUT:
        find_expired(amounts[stock.expired], amounts[stock.unexpired], amounts[stock.on_hand], amounts[stock.outside])
    elif stock.ages == CLASSES:
        if t % stock.width == 0:
            expired = amounts[stock.expired]
            own = amounts[stock.classes + (t // stock.width) % stock.class_count]
            for i in range(expired.shape[0]):
                expired[i] += own[i]
                own[i] = 0.0
        remove(amounts[stock.expired], amounts[stock.on_hand], amounts[stock.outside])


@compiled
def find_expired(expired: Floats, unexpired: Floats, on_hand: Floats, outside: Floats) -> None:
    """Take away what a first-in-first-out stock holds beyond all that is not past its life."""
    for i in range(expired.shape[0]):
        expired[i] = max(0.0, on_hand[i] + outside[i] - max(0.0, unexpired[i]))
    remove(expired, on_hand, outside)


@compiled
def remove(expired: Floats, on_hand: Floats, outside: Floats) -> None:
    """Take units away, first from on hand, then from outside."""
    for i in range(expired.shape[0]):
        expired[i] = min(expired[i], on_hand[i] + outside[i])
        inside = min(expired[i], on_hand[i])
        on_hand[i] -= inside
        outside[i] = max(0.0, outside[i] - (expired[i] - inside))


@compiled
def withdraw(t: int, stock: Records, quantity: Floats, takes_freshest: bool, amounts: Floats) -> None:
    """Take `quantity` from the classes of a stock; it is used up on the way."""
    last, count, oldest = freshest(t, stock), stock.class_count, t // stock.width + 1
    for n in range(last - oldest + 1):
        own = amounts[stock.classes + (last - n if takes_freshest else oldest + n) % count]
        for i in range(quantity.shape[0]):
            taken = min(own[i], quantity[i])
            own[i] -= taken
            quantity[i] -= taken
