"""The picture that history.txt holds is read back and drawn."""

import unittest
import xml.etree.ElementTree as ElementTree

import fixture  # noqa: F401  (finds the package)
import sample
from report_pages import lanes, lanes_svg

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg):
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


class LanesTest(unittest.TestCase):
    def setUp(self):
        self.picture = lanes.parse(sample.HISTORY)
        self.calls = lanes.calls(self.picture)

    def test_the_grid_is_read_by_its_columns(self):
        self.assertEqual(self.picture.lanes, ["p0", "c0"])
        self.assertEqual(self.picture.unit, "us")
        self.assertEqual(len(self.picture.rows), 8)
        self.assertEqual(self.picture.rows[1].cells, ["|", "> receive never"])
        self.assertEqual(self.picture.earlier, "2 earlier events")
        self.assertEqual(self.picture.later, "1 later events")

    def test_the_broken_rule_is_at_its_row(self):
        self.assertEqual(self.picture.marked_row, 3)
        self.assertEqual(self.picture.rows[3].time, "3.000")
        self.assertEqual([call.marked for call in self.calls], [False, False, False, True, False])

    def test_a_call_lasts_from_its_begin_to_its_end(self):
        send = self.calls[0]
        self.assertEqual((send.first, send.last), (0, 2))
        self.assertEqual((send.begun, send.ended), ("send 64B never", "ok p0#0 [2.2us]"))

    def test_outcomes_are_told_apart(self):
        self.assertEqual([call.outcome for call in self.calls],
                         ["ok", "ok", "killed", "error", "open"])

    def test_a_call_that_began_earlier_begins_with_the_picture(self):
        text = sample.HISTORY.replace("> send 64B never\n", "|\n")
        call = lanes.calls(lanes.parse(text))[0]
        self.assertEqual((call.first, call.last, call.begun), (0, 2, ""))

    def test_what_is_no_picture_is_none(self):
        for text in ("", "nothing", "          ns\n    --------\n", "-\n-\n"):
            self.assertIsNone(lanes.parse(text), text)

    def test_the_drawing_says_the_same(self):
        svg = parsed(lanes_svg.draw(self.picture, "f", "no-loss", "p0#0 is lost"))
        words = [text.text for text in svg.iter(f"{SVG}text")]
        self.assertIn("p0", words)
        self.assertIn("send 64B never", words)
        self.assertIn("\N{BALLOT X} no-loss: p0#0 is lost", words)
        self.assertEqual(len(svg.findall(f"{SVG}rect")), len(self.calls) + 1)
        self.assertIn("is broken in row 4 of 8", svg.find(f"{SVG}desc").text)

    def test_a_rule_that_no_event_shows_stands_at_the_end(self):
        unmarked = lanes.parse(sample.HISTORY.replace(">>>    3.000", "       3.000"))
        svg = parsed(lanes_svg.draw(unmarked, "f", "no-hang", "nobody moves"))
        self.assertEqual(svg.findall(f"{SVG}path"), [])
        self.assertIn("is broken after it", svg.find(f"{SVG}desc").text)
        last = max(float(text.get("y")) for text in svg.iter(f"{SVG}text"))
        reason = next(text for text in svg.iter(f"{SVG}text") if "nobody moves" in (text.text or ""))
        self.assertEqual(float(reason.get("y")), last)

    def test_nothing_is_drawn_outside(self):
        svg = parsed(lanes_svg.draw(self.picture, "f", "no-loss", "a long reason " * 40))
        width, height = float(svg.get("width")), float(svg.get("height"))
        for rect in svg.iter(f"{SVG}rect"):
            self.assertLessEqual(float(rect.get("x")) + float(rect.get("width")), width)
            self.assertLessEqual(float(rect.get("y")) + float(rect.get("height")), height)

    def test_words_stay_words(self):
        picture = lanes.parse(sample.HISTORY.replace("64B", sample.HOSTILE))
        svg = parsed(lanes_svg.draw(picture, "f", sample.HOSTILE, sample.HOSTILE))
        self.assertEqual(list(svg.iter(f"{SVG}img")), [])


if __name__ == "__main__":
    unittest.main()
