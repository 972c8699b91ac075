"""SPEAD-64-48 packets in Python, as much of it as an F-engine and its peers need: for trying
`fengine` without spead2, and for its tests, which also compare this with spead2."""

import struct

HEAP_COUNT, HEAP_SIZE, HEAP_OFFSET, PAYLOAD_LENGTH = 1, 2, 3, 4
STREAM_CONTROL = 6
STREAM_STOP = 2
FLAVOUR = b"\x53\x04\x02\x06\0\0"
IMMEDIATE = 1 << 63
VALUE = (1 << 48) - 1

TIMESTAMP, POLARISATION, SAMPLES = 0x1600, 0x3101, 0x3300
FENG_ID, FREQUENCY, FENG_RAW = 0x4101, 0x4103, 0x4300


def packets(heap_count, items, max_packet=1472, repeat_pointers=False):
    """The packets of a heap. `items`: {identifier: whole number, or bytes for the payload}. Items are
    in the first packet only, as spead2 sends them by default, or in all."""
    pointers, payload = [], b""
    for identifier, value in items.items():
        if isinstance(value, int):
            pointers.append(IMMEDIATE | identifier << 48 | value & VALUE)
        else:
            pointers.append(identifier << 48 | len(payload))
            payload += bytes(value)
    result, offset = [], 0
    while True:
        mine = pointers if offset == 0 or repeat_pointers else []
        part = payload[offset : offset + max_packet - 8 * (5 + len(mine))]
        places = [(HEAP_COUNT, heap_count), (HEAP_SIZE, len(payload))]
        places += [(HEAP_OFFSET, offset), (PAYLOAD_LENGTH, len(part))]
        words = [IMMEDIATE | identifier << 48 | value for identifier, value in places] + mine
        header = FLAVOUR + struct.pack(">H", len(words))
        result.append(header + struct.pack(f">{len(words)}Q", *words) + part)
        offset += len(part)
        if offset >= len(payload):
            return result


def stop(heap_count):
    """The packet by which a sender says that it ends."""
    return packets(heap_count, {STREAM_CONTROL: STREAM_STOP})[0]


class Heap:
    def __init__(self):
        self.items = {}  # whole numbers, or where the payload begins as a tuple (address,)
        self.payload = None
        self.received = 0

    def bytes_of(self, identifier):
        """Of the only item that is not immediate, or of one that is the last."""
        return bytes(self.payload[self.items[identifier][0] :])


class Heaps:
    """Puts heaps together."""

    def __init__(self):
        self.open = {}
        self.stops = 0

    def add(self, packet):
        """Gives the heap if that was its last packet."""
        if packet[:6] != FLAVOUR:
            raise ValueError("not SPEAD-64-48")
        (count,) = struct.unpack_from(">H", packet, 6)
        items = {}
        for word in struct.unpack_from(f">{count}Q", packet, 8):
            value = word & VALUE
            items[word >> 48 & 0x7FFF] = value if word & IMMEDIATE else (value,)
        number, size = items.pop(HEAP_COUNT), items.pop(HEAP_SIZE)
        offset, length = items.pop(HEAP_OFFSET), items.pop(PAYLOAD_LENGTH)
        if items.get(STREAM_CONTROL) == STREAM_STOP:
            self.stops += 1
            return None
        heap = self.open.setdefault(number, Heap())
        if heap.payload is None:
            heap.payload = bytearray(size)
        heap.items.update(items)
        begin = 8 + 8 * count
        heap.payload[offset : offset + length] = packet[begin : begin + length]
        heap.received += length
        if heap.received < size:
            return None
        return self.open.pop(number)
