"""report.html in a real browser: its links, its findings, its keyboard, its colours."""

import os
import pathlib
import tempfile
import unittest

import fixture  # noqa: F401  (finds the package)
import sample
from browser import ENTER, SHIFT, TAB, Browser
from report_pages.page import page
from report_pages.report import read_report

# What the keyboard has to reach: of what is closed its summary alone.
FOCUSABLE = """
return [...document.querySelectorAll("a[href], button, summary, [tabindex='0']")]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }))
  .map((element, index) => (element.dataset.stop = String(index)));
"""

# WCAG 2.1, 1.4.3: the contrast of each text with what is painted behind it, and what is below AA.
CONTRAST = """
const channel = (value) =>
  value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const parse = (text) => {
  const numbers = text.match(/[\\d.]+/g).map(Number);
  return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
};
const luminance = ({ rgb }) => {
  const [r, g, b] = rgb.map((value) => channel(value / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (one, other) => {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};
const solid = (text) => text && text !== "none" && parse(text).alpha === 1;
// In a picture: the last shape that was painted before the text, below its middle.
const behindInPicture = (element) => {
  const box = element.getBoundingClientRect();
  const x = box.left + 4, y = box.top + box.height / 2;
  let found = null;
  for (const shape of element.ownerSVGElement.querySelectorAll("rect")) {
    const area = shape.getBoundingClientRect();
    const precedes = shape.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (precedes && area.left <= x && x <= area.right && area.top <= y && y <= area.bottom) {
      found = getComputedStyle(shape).fill;
    }
  }
  return found;
};
const behind = (element) => {
  const painted = element.ownerSVGElement && behindInPicture(element);
  if (painted) return parse(painted);
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (solid(colour)) return parse(colour);
  }
  return parse("rgb(255, 255, 255)");
};
const failures = [];
let checked = 0;
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some(
    (node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  if (!own || element.closest("script, style, title, desc") || !element.checkVisibility()) continue;
  const style = getComputedStyle(element);
  const colour = parse(element.ownerSVGElement ? style.fill : style.color);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const seen = ratio(colour, behind(element));
  ++checked;
  if (seen < (large ? 3 : 4.5)) {
    failures.push(`${element.tagName}.${element.getAttribute("class")} ${seen.toFixed(2)} ` +
                  element.textContent.slice(0, 40));
  }
}
return { checked, failures };
"""


class BrowserTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        cls.addClassCleanup(temporary.cleanup)
        folder = pathlib.Path(temporary.name).resolve()
        (folder / "report").mkdir()
        sample.tree(folder / "tree")
        report = read_report(sample.write(folder / "report"))
        cls.findings = [finding.anchor for finding in report.findings]
        cls.file = folder / "report" / "report.html"
        cls.file.write_text(page(report, folder / "tree"), encoding="utf-8")
        cls.browser = Browser(folder)
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.browser.prefer("light")
        self.browser.open(self.file.as_uri())
        self.browser.run("try { localStorage.clear(); } catch {}")
        self.browser.open("about:blank")
        self.browser.open(self.file.as_uri())

    def tearDown(self):
        self.assertEqual(self.browser.console(), [])

    def keep_screenshot(self, name):
        if folder := os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR"):
            self.browser.screenshot(pathlib.Path(folder) / f"{name}.png")

    def open_all(self):
        self.browser.run("for (const d of document.querySelectorAll('details')) d.open = true;")

    def test_it_is_alone(self):
        self.browser.requests()
        self.browser.open(self.file.as_uri())
        self.open_all()
        asked = self.browser.requests()
        self.assertIn(self.file.as_uri(), asked)
        self.assertEqual({url for url in asked if not url.startswith("data:")},
                         {self.file.as_uri()})

    def test_nothing_that_a_finding_printed_runs(self):
        self.open_all()
        self.assertEqual(self.browser.run("return document.images.length"), 0)
        # Its policy would stop even what had been forgotten to be escaped.
        self.browser.run("document.body.insertAdjacentHTML('beforeend', "
                         "'<img src=\"data:,x\" onerror=\"document.title = 1\">')")
        blocked = self.browser.console()
        self.assertTrue(any("Content Security Policy" in said for said in blocked), blocked)

    def test_every_link_works(self):
        count = self.browser.run("return document.querySelectorAll('a').length")
        self.assertGreater(count, 8)
        for index in range(count):
            seen = self.browser.run("""
                const link = document.querySelectorAll("a")[arguments[0]];
                link.focus();
                link.click();
                return link.getAttribute("href");""", index)
            arrived = self.browser.run("""
                const target = document.getElementById(location.hash.slice(1));
                const box = target && target.getBoundingClientRect();
                return { hash: location.hash, seen: target && target.checkVisibility() &&
                         box.top < innerHeight && box.bottom > 0 };""")
            self.assertEqual(arrived["hash"], seen)
            self.assertTrue(arrived["seen"], seen)

    def test_a_link_opens_its_finding(self):
        for anchor in self.findings:
            self.browser.open("about:blank")
            self.browser.open(f"{self.file.as_uri()}#{anchor}")
            self.assertTrue(self.browser.run(
                "return document.getElementById(arguments[0]).open", anchor), anchor)

    def test_each_finding_opens_and_closes(self):
        state = "return document.getElementById(arguments[0]).open"
        for anchor in self.findings:
            selector = f"[id='{anchor}'] > summary"
            self.assertFalse(self.browser.run(state, anchor))
            self.browser.click(selector)
            self.assertTrue(self.browser.run(state, anchor))
            self.assertGreater(self.browser.run(
                "return document.getElementById(arguments[0])"
                ".querySelector('.body').getBoundingClientRect().height", anchor), 20)
            self.browser.click(selector)
            self.assertFalse(self.browser.run(state, anchor))
        self.browser.click("#open-all")
        opened = "return document.querySelectorAll('details.finding[open]').length"
        self.assertEqual(self.browser.run(opened), len(self.findings))
        self.browser.click("#close-all")
        self.assertEqual(self.browser.run(opened), 0)

    def test_the_picture_is_drawn_and_shows_where_it_broke(self):
        self.browser.click(f"[id='{self.findings[0]}'] > summary")
        seen = self.browser.run("""
            const picture = document.querySelector(".finding[open] .picture");
            const box = picture.getBoundingClientRect();
            const mark = picture.querySelector("text.reason").getBoundingClientRect();
            return box.width > 100 && mark.top >= box.top && mark.bottom <= box.bottom;""")
        self.assertTrue(seen)
        self.keep_screenshot("finding")

    def test_words_of_a_picture_stay_in_their_boxes(self):
        self.open_all()
        seen = self.browser.run("""
            const outside = [];
            let checked = 0;
            for (const text of document.querySelectorAll("svg.lanes text")) {
              if (text.matches(".time, .actor")) continue;
              const words = text.getBBox();
              const boxes = [...text.ownerSVGElement.querySelectorAll("rect")].map((r) => r.getBBox());
              ++checked;
              if (!boxes.some((box) => box.x <= words.x && box.y <= words.y + 2 &&
                              words.x + words.width <= box.x + box.width &&
                              words.y + words.height <= box.y + box.height + 2)) {
                outside.push(text.textContent);
              }
            }
            return { checked, outside };""")
        self.assertGreater(seen["checked"], 10)
        self.assertEqual(seen["outside"], [])

    def test_the_keyboard_reaches_everything(self):
        self.open_all()
        wanted = self.browser.run(FOCUSABLE)
        self.assertGreater(len(wanted), 40)
        reached = []
        for _ in wanted:
            self.browser.press(TAB)
            at = self.browser.run("""
                const element = document.activeElement, style = getComputedStyle(element);
                const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
                return { stop: element.dataset.stop, name: element.outerHTML.slice(0, 80), outlined };
                """)
            self.assertTrue(at["outlined"], at["name"])
            reached.append(at["stop"])
        self.assertEqual(reached, wanted)  # in the order of the page
        self.browser.press(SHIFT, TAB)
        self.assertEqual(self.browser.run("return document.activeElement.dataset.stop"), wanted[-2])

    def test_the_keyboard_opens_a_finding(self):
        self.browser.run("document.querySelector('.finding > summary').focus()")
        self.browser.press(ENTER)
        self.assertTrue(self.browser.run("return document.querySelector('.finding').open"))

    def paper(self):
        return self.browser.run("return getComputedStyle(document.body).backgroundColor")

    def test_light_and_dark(self):
        light = self.paper()
        self.browser.prefer("dark")
        dark = self.paper()
        self.assertNotEqual(light, dark)
        self.browser.click("#theme")
        self.assertEqual(self.paper(), light)
        # What was chosen is kept. Chromium writes it down after the click has returned; the process
        # that shows the page knows it at once, one that comes after another page may be too early.
        self.browser.reload()
        self.assertEqual(self.paper(), light)
        self.browser.click("#theme")
        self.browser.prefer("light")
        self.assertEqual(self.paper(), dark)

    def test_colours_can_be_told_apart(self):
        self.open_all()
        for scheme in ("light", "dark"):
            self.browser.prefer(scheme)
            seen = self.browser.run(CONTRAST)
            self.assertGreater(seen["checked"], 200)
            self.assertEqual(seen["failures"], [], scheme)
            self.keep_screenshot(scheme)

    def test_the_page_itself_does_not_scroll_sideways(self):
        self.open_all()
        for width in (1400, 500):
            self.browser.command("/window/rect", {"width": width, "height": 900})
            overflow = self.browser.run(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            self.assertLessEqual(overflow, 0, width)
            self.keep_screenshot(f"width_{width}")
        self.browser.command("/window/rect", {"width": 1400, "height": 1000})


if __name__ == "__main__":
    unittest.main()
