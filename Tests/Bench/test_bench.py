"""What `./dev bench` makes of its measurements, and what README is drawn of: python3 Tests/Bench/test_bench.py."""
import json
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import figures  # noqa: E402
import plot  # noqa: E402
import works  # noqa: E402
from measuring import Entry, Figure, Unavailable, measure  # noqa: E402
from record import Record  # noqa: E402

MACHINE = {"processor": "P", "processors": 2, "threads": 2, "processorShare": 1.0, "kernel": "6", "peaks": [
    {"precision": "f32", "gigaflops": 220.0}, {"precision": "bf16"}], "readGigabytesPerSecond": 20.0, "copyGigabytesPerSecond": 9.0}
ABOUT = {"title": "ViT, forward", "date": "2026-11-26", "took_seconds": 60, "processor_share": 1.0, "failed": []}


def entry(tool, values, **options):
    left = iter(values)

    def run():
        value = next(left)
        if isinstance(value, Exception):
            raise value
        return Figure(value)

    return Entry(tool, run, **options)


class Measuring(unittest.TestCase):
    def rows(self, entries, rounds=3, unit="images/s"):
        found, failed = measure(entries, rounds, unit)
        return {row["tool"]: row for row in found}, failed

    def test_ratios_are_taken_round_by_round(self):
        rows, _ = self.rows([entry("mist", [2, 4, 8]), entry("pytorch", [1, 4, 2])])
        self.assertEqual((rows["pytorch"]["mist_is"], rows["mist"]["median"], rows["mist"]["max"]), (2, 4, 8))
        self.assertNotIn("mist_is", rows["mist"])

    def test_fewer_seconds_are_faster(self):
        rows, _ = self.rows([entry("mist", [1, 1, 1]), entry("pytorch", [3, 3, 3])], unit="s")
        self.assertEqual(rows["pytorch"]["mist_is"], 3)

    def test_another_precision_is_no_twin(self):
        rows, _ = self.rows([entry("mist", [1] * 3), entry("pytorch", [1] * 3, precision="bf16")])
        self.assertNotIn("mist_is", rows["pytorch"])

    def test_what_is_not_there_is_left_out_and_what_fails_is_named(self):
        rows, failed = self.rows(
            [entry("mist", [1] * 3), entry("openvino", [Unavailable("none")]), entry("pytorch", [1, ValueError("no")])])
        self.assertEqual((list(rows), failed), (["mist"], ["pytorch, f32"]))


class Recording(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "bench.json")

    def test_a_recorded_work_is_known_and_a_failed_one_repeated(self):
        record = Record(self.path, MACHINE)
        record.put("edge-head", [{"tool": "mist", "median": 1.0}], ABOUT)
        record.put("first-image", [{"tool": "mist", "median": 1.0}], {**ABOUT, "failed": ["pytorch"]})
        again = Record(self.path, MACHINE)
        record.put("convert-disk", [], {**ABOUT, "processor_share": 0.4})
        again = Record(self.path, MACHINE)
        self.assertTrue(again.has("edge-head") and not again.has("first-image") and not again.has("convert-disk"))
        again.put("edge-head", [{"tool": "mist", "median": 2.0}], ABOUT)
        with open(self.path) as file:
            rows = json.load(file)["results"]
        self.assertEqual([row["median"] for row in rows if row["work"] == "edge-head"], [2.0])

    def test_another_machine_is_refused(self):
        Record(self.path, MACHINE).put("edge-head", [], ABOUT)
        with self.assertRaisesRegex(SystemExit, "processor = P"):
            Record(self.path, {**MACHINE, "processor": "Q"})


class Drawing(unittest.TestCase):
    README = "".join(f"a\n<!-- figures: {name} -->\nold\n<!-- end of figures -->\n" for name in figures.SECTIONS)

    def record(self, **machine):
        row = {"precision": "f32", "unit": "images/s", "median": 5.5, "min": 5.0, "max": 6.0, "peak_mib": 400.0,
               "fraction_of_limit": 0.97, "fraction_of_registers": 0.9}
        return {"machine": {**MACHINE, **machine}, "works": {"vit-b16-gather": ABOUT, "growth-size": ABOUT}, "results": [
            {"work": "vit-b16-gather", "tool": "mist", "batch": 1, **row},
            {"work": "vit-b16-gather", "tool": "openvino", "batch": 8, "mist_is": 1.25, **row},
            {"work": "growth-size", "tool": "mist", "x": 224, **row}, {"work": "growth-size", "tool": "mist", "x": 448, **row}]}

    def test_every_part_is_drawn_and_drawing_again_changes_nothing(self):
        once = figures.drawn(self.README, self.record())
        self.assertNotIn("old", once)
        self.assertIn("**1.25 ×**", once)
        self.assertEqual(figures.drawn(once, self.record()), once)

    def test_a_trial_is_not_drawn(self):
        record = self.record()
        record["works"]["vit-b16-gather"] = {**ABOUT, "processor_share": 0.4}
        text = figures.drawn(self.README, figures.quiet(record))
        self.assertTrue("1.25" not in text and figures.NOTHING in text and figures.PLOT in text)

    def test_a_lost_mark_is_an_error(self):
        with self.assertRaises(SystemExit):
            figures.drawn(self.README.replace("figures: works", "figures: work"), self.record())

    def test_a_plot_is_well_formed(self):
        import xml.dom.minidom

        xml.dom.minidom.parseString(plot.draw(figures.panels(self.record())))

    def test_a_name_picks_a_work_or_its_family(self):
        self.assertEqual(works.named("edge-head"), ["edge-head"])
        self.assertEqual(len(works.named("growth")), 5)
        self.assertEqual(works.named("nothing"), [])


if __name__ == "__main__":
    unittest.main()
