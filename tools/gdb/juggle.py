"""What the tasks of a juggle executor wait for, in gdb: of a program that runs, or of a core file.

    (gdb) source tools/gdb/juggle.py
    (gdb) juggle-tasks              the executor that some thread is inside of
    (gdb) juggle-tasks EXPRESSION   an Executor, such as a variable's name

The same as juggle::Executor::describe() says, where nobody can call that any more. The program needs
debug information (-g, and with Clang -fstandalone-debug) for at least one file that uses juggle.
"""

import re

import gdb

ABI = r"(?:v\d+_\d+(?:_checked)?::)?"  # the inline namespace that all of juggle is in
WAITING, GRANTED, HELD = 0, 1, 2  # juggle::detail::TicketState


def neighbour(value, name):
    """The type of that name in the namespace of the value's class."""
    return gdb.lookup_type(f"{value.type.unqualified().name.rpartition('::')[0]}::{name}")


def has(value, field):
    return any(each.name == field for each in value.type.fields())


def source(location):
    """What a std::source_location points at, the same for each standard library."""
    return location["_M_impl" if has(location, "_M_impl") else "__ptr_"]


def place(location):
    """file:line of a std::source_location; nothing if it has none."""
    implementation = source(location)
    if int(implementation) == 0 or int(implementation["_M_line"]) == 0:
        return ""
    return f'{implementation["_M_file_name"].string()}:{int(implementation["_M_line"])}'


def function(location):
    """The function's name without parameters, and without what compilers add for a coroutine."""
    name = source(location)["_M_function_name"].string()
    name = re.sub(r" \[.*\]$", "", name)
    name = re.sub(r"\{anonymous\}::|\(anonymous namespace\)::", "", name)
    name = re.sub(f"juggle::{ABI}", "juggle::", name)
    depth = 0
    for at in range(name.rfind(")"), -1, -1):
        depth += (name[at] == ")") - (name[at] == "(")
        if depth == 0:
            name = name[:at]
            break
    depth = 0
    for at in range(len(name) - 1, -1, -1):
        depth += (name[at] in ">)") - (name[at] in "<(")
        if name[at] == " " and depth == 0:
            return name[at + 1 :]
    return name


def text_of(string):
    """A std::string's."""
    if has(string, "_M_dataplus"):  # libstdc++
        return string["_M_dataplus"]["_M_p"].string(length=int(string["_M_string_length"]))
    # libc++; the first name is that since LLVM 20
    parts = string["__rep_"] if has(string, "__rep_") else string["__r_"]["__value_"]
    if parts["__s"]["__is_long_"]:
        return parts["__l"]["__data_"].string(length=int(parts["__l"]["__size_"]))
    return parts["__s"]["__data_"].string(length=int(parts["__s"]["__size_"]))


def label(thing):
    """Of what has a juggle::detail::Label: its name, or where it was made."""
    name = text_of(thing["label_"]["name_"])
    return f"'{name}'" if name else f'made at {place(thing["label_"]["made_at_"])}'


def class_name(some_type):
    """Without its namespaces and template arguments."""
    return some_type.name.partition("<")[0].rpartition("::")[2]


def derived(waiter):
    """The waiter as what it is, and the name of the class, its own or a base's, that is known here."""
    exact = waiter.address.cast(waiter.dynamic_type.pointer()).dereference()
    left = [exact.type]
    while left:
        some_type = left.pop(0)
        if class_name(some_type) in KINDS:
            return exact, class_name(some_type)
        left += [field.type.strip_typedefs() for field in some_type.fields() if field.is_base_class]
    return exact, class_name(exact.type)


STATE_BITS, NUMBERED_BIT = 0xff, 1 << 10  # of juggle::detail::Ticket


def tickets_of(queue):
    """The tickets of a juggle::detail::TicketQueue."""
    line = queue["tickets_"]
    ticket = line["first_"] if int(line["first_"]) != 0 else line["last_"]
    while int(ticket) != 0:
        yield ticket.dereference()
        ticket = ticket["behind_"] if int(ticket) != int(line["last_"]) else 0


def ticket_text(ticket):
    has_own = int(ticket["standing_"]) & NUMBERED_BIT
    ticket_number = ticket["number_"] if has_own else ticket["queue_"]["last_number_"]
    return f'ticket {int(ticket_number)}, acquired at {place(ticket["acquired_at_"])}'


NUMBER_BITS = 48  # of a juggle::detail::TaskKey; above them that of its loop, then a holder's mark
LOOP_BITS = 15


def number(key):
    """The task's number, without that of its loop and the mark of a holder that was moved."""
    return int(key) & ((1 << NUMBER_BITS) - 1)


def holder(value, own):
    """Who holds something, as somebody with that key knows them."""
    key = int(value["task_"])
    if number(key) == 0:
        return "somebody outside of all tasks"
    same_loop = (key ^ int(own)) >> NUMBER_BITS & ((1 << LOOP_BITS) - 1) == 0
    return f"task {number(key)}" + ("" if same_loop else " of another executor")


def turn(waiter, own):
    """What a wait for a resource is for, and who stands before it."""
    if int(waiter["ticket_"]) == 0:
        return "a ticket that was dropped", []
    ticket = waiter["ticket_"].dereference()
    queue = ticket["queue_"].dereference()
    before = []
    for other in tickets_of(queue):
        if other.address == ticket.address:
            break
        state = int(other["standing_"]) & STATE_BITS
        if state == HELD:
            before.append(f'{holder(other["holder_"], own)} holds it: {ticket_text(other)}')
        elif state == GRANTED:
            before.append(f"whose turn has come: {ticket_text(other)}")
    return f"its turn with resource {label(queue)}, {ticket_text(ticket)}", before


def permit(waiter, own):
    """What a wait for permits is for, and who holds some."""
    queue = waiter["queue_"].referenced_value()
    holders = []
    ring = queue["taken_"]
    link = ring["behind"]
    while int(link) != int(ring.address):
        taken = link.cast(neighbour(queue, "TakenPermits").pointer()).dereference()
        who = holder(taken["holder_"], own)
        holders.append(f'{who} holds {int(taken["count_"])}, acquired at {place(taken["acquired_at_"])}')
        link = link["behind"]
    return f'{int(waiter["count_"])} of semaphore {label(queue)}', holders


# What a wait is for where its object tells no more.
WORDS = {
    "AllEndedAwaiter": "the end of all sources of a merged generator",
    "ArrivalAwaiter": "an element of any source of a merged generator",
    "Branches": "its parts",
    "ChannelJoinAwaiter": "calls of task_done",
    "ChannelPopper": "an element of a channel",
    "ChannelPusher": "room in a channel",
    "EventsWaiter": "device events",
    "GroupAwaiter": "the tasks of a group",
    "JobsAwaiter": "the oldest job",
    "OffloadAwaiter": "offloaded work",
    "SleepAwaiter": "a time to come",
    "TakenAwaiter": "its element to be taken from a merged generator",
    "ThreadPopAwaiter": "an element from another thread",
}
KINDS = {*WORDS, "EndAwaiter", "PermitWaiter", "TurnWaiter", "WaitQueueAwaiter"}


def what(waiter, own):
    """What is waited for, and lines about who is in the way."""
    exact, kind = derived(waiter)
    if kind == "TurnWaiter":
        return turn(exact, own)
    if kind == "PermitWaiter":
        return permit(exact, own)
    if kind == "EndAwaiter":
        return f'the end of task {number(exact["awaited_"]["key_"])}', []
    if kind == "WaitQueueAwaiter":
        queue = exact["queue_"].referenced_value()
        return f'{queue["owner_"].referenced_value()["kind"].string()} {label(queue)}', []
    words = WORDS.get(kind, kind)
    try:
        return f'{words}, {label(exact["queue_"])}', []
    except gdb.error:
        return words, []


def coroutines(promise):
    """The lines of the awaits, the innermost first."""
    while int(promise) != 0:
        where = place(promise["awaiting_at_"])
        name = function(promise["awaiting_at_"]) if where else ""
        if where and not name.startswith("juggle::detail::"):
            yield f"at {where} in {name}"
        promise = promise["parent_"]


def named(task):
    """The task's number, and its name if it was given one."""
    text = f'task {number(task["key_"])}'
    # The function that knows of which class the record is.
    record = re.search(f"<(juggle::{ABI}detail::Named<.*>)::answer\\(", str(task["record_"]))
    if record is None:
        return text
    exact = task.address.cast(gdb.lookup_type(record.group(1)).pointer()).dereference()
    name = text_of(exact["label_"]["name_"])
    return f"{text} '{name}'" if name else text


def task_lines(task):
    head = f'{named(task)}, spawned at {place(task["spawned_at_"])}'
    if int(task["suspended_in"]) != 0:
        waiter = task["suspended_in"].dereference()
        wanted, before = what(waiter, task["key_"])
        yield f"{head}: waits for {wanted}"
        for line in [*coroutines(waiter["coroutine_"]), *before]:
            yield f"    {line}"
    elif int(task["innermost"]) != 0:
        yield f"{head}: waits for an awaitable of another library"
        for line in coroutines(task["innermost"]):
            yield f"    {line}"
    else:
        yield f"{head}: {'runs or is ready' if task['started_'] else 'has not started'}"


def tasks_of(loop):
    """The tasks of a juggle::detail::Loop."""
    some_type = neighbour(loop, "SpawnedTask").pointer()
    link = loop["tasks_"]["behind"]
    while int(link) != int(loop["tasks_"].address):
        yield link.cast(some_type).dereference()
        link = link["behind"]


def loops():
    """Those that the threads are inside of."""
    selected = gdb.selected_thread()
    variables = gdb.execute("info variables -q current_loop$", to_string=True)
    names = sorted(set(re.findall(rf"juggle::{ABI}detail::current_loop", variables)))
    try:
        for thread in gdb.selected_inferior().threads():
            thread.switch()
            for name in names:
                try:
                    loop = gdb.parse_and_eval(name)
                except gdb.error:
                    continue
                if int(loop) != 0:
                    yield loop.dereference()
    finally:
        if selected is not None:
            selected.switch()


class Tasks(gdb.Command):
    """juggle-tasks [EXECUTOR]: what the tasks of a juggle executor wait for."""

    def __init__(self):
        super().__init__("juggle-tasks", gdb.COMMAND_STACK, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        # In a system call the language is that of its source, assembler, which knows no names of C++.
        language = gdb.parameter("language")
        gdb.execute("set language c++", to_string=True)
        try:
            self.print_tasks(argument)
        finally:
            gdb.execute(f"set language {language}", to_string=True)

    @staticmethod
    def print_tasks(argument):
        if argument:
            found = [gdb.parse_and_eval(argument)["loop_"]]
        else:
            found = list(loops())
        if not found:
            raise gdb.GdbError("no thread is inside an executor: name one (juggle-tasks EXECUTOR)")
        for loop in found:
            for task in tasks_of(loop):
                if not task["ended_"]:
                    for line in task_lines(task):
                        print(line)


Tasks()
