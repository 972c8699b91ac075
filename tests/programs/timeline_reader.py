"""Reads what the example programs write for `--timeline`, a picture, a page or a trace, and looks
whether it is one."""

import dataclasses
import html.parser
import json
import re
import xml.etree.ElementTree as xml

SVG = "{http://www.w3.org/2000/svg}"


@dataclasses.dataclass(frozen=True)
class Bar:
    begin: int  # ns, as the end
    end: int
    chunk: int  # or None
    what: str
    bars: int = 1  # so many are drawn as one
    waiting: bool = False


@dataclasses.dataclass
class Lane:
    name: str
    kind: str
    bars: list


def overlap(one, other):
    """For how long both last; negative: so far are they apart."""
    return min(one.end, other.end) - max(one.begin, other.begin)


def span(bars):
    """One bar from the start of the first to the end of the last."""
    return dataclasses.replace(
        bars[0], begin=min(bar.begin for bar in bars), end=max(bar.end for bar in bars),
        bars=sum(bar.bars for bar in bars),
    )


class PageParser(html.parser.HTMLParser):
    """What stands where in a page."""

    def __init__(self):
        super().__init__()
        self.tags = []
        self.texts = {}  # by the id of the element, or its tag
        self.place = None

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self.place = attributes.get("id", tag)

    def handle_data(self, data):
        self.texts[self.place] = self.texts.get(self.place, "") + data


class TimelineTest:
    """For a TestCase with `folder`. What is read comes as a list of lanes, from top to bottom."""

    def read_timeline(self, name):
        text = (self.folder / name).read_text(encoding="utf-8")
        return {".svg": self.read_picture, ".html": self.read_page, ".json": self.read_trace}[
            (self.folder / name).suffix
        ](text)

    def lane(self, lanes, name):
        """The bars of the only lane that is called so."""
        found = [lane for lane in lanes if lane.name == name]
        self.assertEqual(len(found), 1, [lane.name for lane in lanes])
        return found[0].bars

    def assert_one_at_a_time(self, bars, slack=0):
        ordered = sorted(bars, key=lambda bar: bar.begin)
        for before, after in zip(ordered, ordered[1:]):
            self.assertLessEqual(before.end, after.begin + slack, (before, after))

    # A picture.

    def read_picture(self, text):
        root = xml.fromstring(text)
        self.assertEqual(root.tag, SVG + "svg")
        plot = {key: float(root.get(f"data-{key}")) for key in ("from", "length", "left", "plot")}
        lanes = []
        bottom = 0
        for group in root.iter(SVG + "g"):
            if group.get("class") != "lane":
                continue
            track = group.find(f"{SVG}rect[@class='track']")
            self.assertGreaterEqual(float(track.get("y")), bottom, "lanes stand below each other")
            bottom = float(track.get("y")) + float(track.get("height"))
            drawn = [rect for rect in group.iter(SVG + "rect")
                     if "bar" in rect.get("class", "").split()]
            for rect in drawn:
                self.check_place(rect, plot, track)
            lanes.append(Lane(group.get("data-name"), group.get("data-kind"),
                              [self.drawn_bar(rect) for rect in drawn]))
            self.assertEqual(group.find(f"{SVG}text[@class='name']/{SVG}title").text.split(":")[0],
                             group.get("data-name"))
        return lanes

    def drawn_bar(self, rect):
        begin = int(rect.get("data-begin"))
        chunk = rect.get("data-chunk")
        return Bar(
            begin=begin,
            end=begin + int(rect.get("data-length")),
            chunk=None if chunk is None else int(chunk),
            what=rect.findtext(SVG + "title", "\n").splitlines()[0],  # none if there are many
            bars=int(rect.get("data-merged", 1)),
            waiting="waiting" in rect.get("class").split(),
        )

    def check_place(self, rect, plot, track):
        """It is on its track, and where its time is."""
        x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
        self.assertGreaterEqual(y, float(track.get("y")))
        self.assertLessEqual(y + height, float(track.get("y")) + float(track.get("height")) + 0.1)
        self.assertGreaterEqual(x, plot["left"] - 0.1)
        self.assertLessEqual(x + width, plot["left"] + plot["plot"] + 1)
        if width < 4:  # columns of pixels
            return
        pixels = plot["plot"] / plot["length"]
        begin = (int(rect.get("data-begin")) - plot["from"]) * pixels + plot["left"]
        # The column before may cover a pixel of it, and neighbours are kept apart.
        self.assertAlmostEqual(x, begin, delta=1.1)
        self.assertAlmostEqual(x + width, begin + int(rect.get("data-length")) * pixels, delta=1.1)

    # A page.

    def read_page(self, text):
        page = PageParser()
        page.feed(text)
        page.close()
        self.check_needs_nothing(page, text)
        self.read_picture(re.search(r"<noscript>\s*(<svg.*</svg>)", text, re.DOTALL)[1])
        data = json.loads(page.texts["data"])
        self.assertEqual(data["lost"], 0)
        return [
            Lane(lane["name"], lane["kind"], list(self.bars_of_page(data, lane)))
            for lane in data["lanes"]
        ]

    def check_needs_nothing(self, page, text):
        tags = [tag for tag, _ in page.tags]
        self.assertEqual(tags.count("html"), 1)
        for tag in ("link", "img", "iframe", "object", "embed", "base"):
            self.assertNotIn(tag, tags)
        for tag, attributes in page.tags:
            for name in ("src", "srcset", "href", "xlink:href", "action", "poster", "data"):
                self.assertTrue(attributes.get(name, "#").startswith("#"), (tag, attributes))
        self.assertEqual(set(re.findall(r"https?://[\w./]+", text)), {SVG[1:-1]})  # a name
        self.assertNotRegex(text, r"@import|url\((?!#)|\bfetch\(|XMLHttpRequest|WebSocket|import\(")
        policies = [attributes["content"] for tag, attributes in page.tags
                    if attributes.get("http-equiv") == "Content-Security-Policy"]
        self.assertEqual(len(policies), 1)
        self.assertIn("default-src 'none'", policies[0])

    def bars_of_page(self, data, lane):
        begin = 0
        numbers = lane["bars"]
        self.assertEqual(len(numbers) % 6, 0)
        for place in range(0, len(numbers), 6):
            since, length, what, chunk, _, row = numbers[place : place + 6]
            begin += since
            self.assertGreaterEqual(length, 0)
            yield Bar(begin, begin + length, None if chunk < 0 else int(data["chunks"][chunk]),
                      data["whats"][what], waiting=int(lane["rows"][row]) % 2 == 1)

    # A trace.

    def read_trace(self, text):
        """One lane for each of its tracks."""
        trace = json.loads(text)
        events = trace["traceEvents"]
        self.assertEqual(trace["otherData"]["lostEvents"], 0)
        length = trace["otherData"]["lengthNs"]
        for event in events:
            self.assertIn(event["ph"], ("M", "X", "C", "s", "f"))
            self.assertIn("name", event)
            self.assertIsInstance(event["pid"], int)
            if event["ph"] != "M":
                self.assertTrue(0 <= self.ns(event["ts"]) <= length, event)
        tracks = self.tracks_of(events)
        slices = {track: [] for track in tracks}
        for event in events:
            if event["ph"] == "X":
                slices[event["pid"], event["tid"]].append(self.slice_of(event, length))
        for bars in slices.values():
            self.assertEqual(bars, sorted(bars, key=lambda bar: bar.begin))
            self.assert_one_at_a_time(bars)
        self.check_arrows(events, slices)
        return [Lane(name, kind, slices[track]) for track, (name, kind) in tracks.items()]

    def ns(self, microseconds):
        return round(microseconds * 1000)

    def tracks_of(self, events):
        """(name, name of its process) of each (pid, tid)."""
        processes = {event["pid"]: event["args"]["name"] for event in events
                     if event["name"] == "process_name"}
        tracks = {}
        for event in events:
            if event["name"] == "thread_name":
                self.assertNotIn((event["pid"], event["tid"]), tracks)
                tracks[event["pid"], event["tid"]] = (
                    event["args"]["name"], processes[event["pid"]]
                )
        # Perfetto knows a thread by its number alone.
        self.assertEqual(len({tid for _, tid in tracks}), len(tracks))
        return tracks

    def slice_of(self, event, length):
        begin, lasts = self.ns(event["ts"]), self.ns(event["dur"])
        self.assertGreaterEqual(lasts, 0)
        self.assertLessEqual(begin + lasts, length)
        return Bar(begin, begin + lasts, event["args"].get("chunk"), event["name"],
                   waiting=event["cat"] == "wait")

    def check_arrows(self, events, slices):
        """Each has two ends, on bars, and one arrow leads to each bar of a chunk but the first."""
        ends = {}
        for event in events:
            if event["ph"] in "sf":
                self.assertNotIn(event["ph"], ends.setdefault(event["id"], {}))
                ends[event["id"]][event["ph"]] = event
        to_chunks = {}
        for number, pair in ends.items():
            self.assertEqual(sorted(pair), ["f", "s"], number)
            start, finish = pair["s"], pair["f"]
            self.assertEqual((start["name"], start["cat"]), (finish["name"], finish["cat"]))
            self.assertLessEqual(start["ts"], finish["ts"])
            for end in start, finish:
                time = self.ns(end["ts"])
                self.assertTrue(any(bar.begin <= time <= bar.end
                                    for bar in slices[end["pid"], end["tid"]]), end)
            if start["cat"] == "chunk":
                to_chunks[start["name"]] = to_chunks.get(start["name"], 0) + 1
        bars_of = {}
        for event in events:
            if event["ph"] == "X" and event["cat"] not in ("hold", "wait"):
                chunk = event["args"].get("chunk")
                bars_of[chunk] = bars_of.get(chunk, 0) + 1
        bars_of.pop(None, None)
        self.assertEqual(to_chunks, {f"chunk {chunk}": bars - 1
                                     for chunk, bars in bars_of.items() if bars > 1})
