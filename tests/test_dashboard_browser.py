"""The dashboard in a real Chromium: every control used, its numbers those of the command line, by keyboard and on a phone."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from click.testing import CliRunner

pytest.importorskip("voila", reason="voila is not installed: pip install 'hjforecast[dashboard]'")
pytest.importorskip("selenium", reason="selenium is not installed: pip install 'hjforecast[dev]'")

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from hjforecast.cli import main
from tests.conftest import ROOT
from tests.test_dashboard import Server, serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM or not DRIVER, reason="no chromium or chromedriver (Debian: chromium-driver)"),
    pytest.mark.skipif(sys.platform != "linux", reason="the server under test is stopped as Linux stops it"),
]
Found = TypeVar("Found")


class Window:
    """A browser window with the page open."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver = driver
        driver.get(url)
        self.wait(lambda: self.all(".hj-key dd"))
        self.wait(lambda: self.all(".hj-number input"))

    def all(self, css: str) -> list[Any]:
        """Every element that fits, now."""
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def one(self, css: str) -> Any:
        """The first element that fits, once it is there."""
        return self.wait(lambda: self.all(css))[0]

    def wait(self, look: Callable[[], Found], seconds: float = 30.0) -> Found:
        """What `look` finds, as soon as that is true."""
        until = time.monotonic() + seconds
        while True:
            try:
                found = look()
            except StaleElementReferenceException:
                found = None  # type: ignore[assignment]
            if found:
                return found
            assert time.monotonic() < until, "it never came"
            time.sleep(0.03)

    def text(self, css: str) -> str:
        """What a part of the page says."""
        return str(self.one(css).get_attribute("textContent"))

    def number(self, label: str) -> Any:
        """The number box of a lever."""
        return self.wait(lambda: next((one for one in self.all(".hj-lever") if label in one.text), None)).find_element(
            By.CSS_SELECTOR, ".hj-number input"
        )

    def set_number(self, label: str, value: str) -> None:
        """Type a lever's value and leave the box."""
        box = self.number(label)
        box.send_keys(Keys.CONTROL + "a" + Keys.NULL + value + Keys.TAB)

    def button(self, words: str) -> Any:
        """The button of that name."""
        return self.wait(lambda: next((one for one in self.all("button") if words in one.text), None))

    def labelled(self, label: str) -> Any:
        """The box or choice whose label begins with these words."""
        script = (
            "return [...document.querySelectorAll('label')].filter(l => l.textContent.startsWith(arguments[0]))"
            ".map(l => document.getElementById(l.htmlFor)).find(e => e && e.offsetParent)"
        )
        return self.wait(lambda: self.driver.execute_script(script, label))

    def upload(self, ending: str, path: Path) -> None:
        """Choose a file in the dialog that an upload button opens (which here opens none)."""
        self.driver.execute_script(
            "const p = HTMLInputElement.prototype; if (!p.was) { p.was = p.click;"
            "p.click = function () { document.body.append(this); this.addEventListener('click', e => e.preventDefault());"
            "return p.was.call(this); }; }"
        )
        self.press(self.button({".toml": "上传情景文件", ".csv": "上传实绩文件"}[ending]))
        self.one(f"input[type=file][accept='{ending}']").send_keys(str(path))

    def press(self, element: Any) -> None:
        """Click something, wherever it stands."""
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("b"), "--draws", "2000") as found:
        yield found


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("saved")


@pytest.fixture(scope="module")
def driver(saved: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for word in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1280,1000",
    ):
        options.add_argument(word)
    options.add_experimental_option("prefs", {"download.default_directory": str(saved)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    made = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))
    yield made
    made.quit()


@pytest.fixture(scope="module")
def window(driver: webdriver.Chrome, server: Server) -> Window:
    return Window(driver, server.url)


def _download(window: Window, saved: Path, link: Any) -> bytes:
    name = link.get_attribute("download")
    window.press(link)
    path = saved / name
    window.wait(
        lambda: path.is_file() and path.stat().st_size and not path.with_suffix(path.suffix + ".crdownload").exists()
    )
    return path.read_bytes()


def _projected(plan_dir: Path, scenario: str) -> dict[tuple[str, str], str]:
    """Indicator and year to the central value, as the command line says it."""
    result = CliRunner().invoke(main, ["project", scenario, "--plan-dir", str(plan_dir), "--to", "2025"])
    assert result.exit_code == 0, result.output
    return {(row["indicator"], row["year"]): row["value"] for row in csv.DictReader(io.StringIO(result.stdout))}


def test_page_comes_in_chinese_without_code_or_errors(window: Window, driver: webdriver.Chrome) -> None:
    assert driver.execute_script("return document.documentElement.lang") == "zh-CN"
    assert "洪江市" in driver.title
    seen = window.one("body").text
    assert "import " not in seen and "Executing" not in seen and "正在准备" not in seen
    assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []
    asked = {
        json.loads(entry["message"])["message"]["params"].get("request", {}).get("url", "")
        for entry in driver.get_log("performance")
    }
    assert [url for url in asked if url.startswith("http") and "127.0.0.1" not in url] == []
    assert window.all(".hj-lever")[0].text.count("已调整") == 0


def test_edited_scenario_shows_the_numbers_of_the_command_line(window: Window, saved: Path, plan_dir: Path) -> None:
    window.set_number("地区生产总值实际增速", "7.25")
    window.wait(lambda: "比“惯性发展”高" in window.text(".hj-key"))
    link = window.wait(lambda: next((one for one in window.all("a.hj-save") if "trend_edited.toml" in one.text), None))
    (plan_dir / "scenarios" / "trend_edited.toml").write_bytes(_download(window, saved, link))
    values = _projected(plan_dir, "trend_edited")
    shown = window.text(".hj-key")
    assert f"{float(values['gdp', '2025']):.2f}亿元（现价）" in shown
    assert f"{float(values['income_resident', '2025']):.0f}元（现价）" in shown
    assert f"{float(values['urbanization', '2025']):.1f}%" in shown


def test_mistake_is_told_in_a_sentence_and_taken_back(window: Window) -> None:
    window.set_number("地区生产总值实际增速", "99")
    assert "-20 至 25" in window.wait(lambda: window.text(".hj-left .hj-message [role=alert]"))
    assert window.number("地区生产总值实际增速").get_attribute("value") == "7.25"


def test_every_lever_control_works(window: Window) -> None:
    lever = window.all(".hj-lever")[1]
    window.press(lever.find_element(By.CSS_SELECTOR, "input[type=checkbox]"))
    window.wait(lambda: "已调整" in window.all(".hj-lever")[1].text)
    shock = window.all(".hj-lever")[2]
    Select(shock.find_element(By.TAG_NAME, "select")).select_by_visible_text("2023")
    window.set_number("一次性增减", "-2")
    window.wait(lambda: "已调整" in window.all(".hj-lever")[2].text)
    window.press(shock.find_element(By.TAG_NAME, "button"))
    window.wait(lambda: "已调整" not in window.all(".hj-lever")[2].text)
    for header in window.all(".jupyter-widget-Collapse-header")[1:]:
        before = len(window.all(".hj-lever"))
        window.press(header)
        window.wait(lambda before=before: len(window.all(".hj-lever")) > before)
    window.press(window.button("全部还原"))
    window.wait(lambda: "比“" not in window.text(".hj-key"))


def test_every_figure_and_scenario_can_be_chosen(window: Window) -> None:
    figures = Select(window.labelled("图"))
    for name, word in (
        ("居民收入", "城乡居民人均可支配收入"),
        ("城镇化", "城镇化率"),
        ("产业链", "产业链"),
        ("实现概率", "实现概率"),
    ):
        figures.select_by_visible_text(name)
        window.wait(lambda word=word: any(word in one.text for one in window.all(".hj-right figcaption")))
    Select(window.labelled("情景")).select_by_visible_text("规划目标")
    window.wait(lambda: "195.66亿元（现价）" in window.text(".hj-key"))


def test_language_changes_and_comes_back(window: Window, driver: webdriver.Chrome) -> None:
    window.press(window.button("English"))
    window.wait(lambda: driver.execute_script("return document.documentElement.lang") == "en")
    assert "19.566 billion yuan (current prices)" in window.text(".hj-key")
    window.press(window.button("中文"))
    window.wait(lambda: driver.execute_script("return document.documentElement.lang") == "zh-CN")


def test_audit_opens(window: Window) -> None:
    window.press(window.one("details summary"))
    assert "级别" in window.wait(lambda: window.one("details table").text)


def test_figures_are_entered_and_evaluated(window: Window) -> None:
    window.labelled("常住人口城镇化率").send_keys("47.9")
    window.press(window.button("评估"))
    window.wait(lambda: "已读入1条实绩" in window.text("body"))
    window.labelled("常住人口城镇化率").send_keys("x")
    window.press(window.button("评估"))
    assert "47.9x" in window.wait(lambda: " ".join(one.text for one in window.all(".hj-message [role=alert]")))
    window.press(window.button("清空实绩"))
    window.wait(lambda: window.labelled("常住人口城镇化率").get_attribute("value") == "")
    window.upload(".csv", ROOT / "tests/fixtures/example_actuals.csv")
    window.wait(lambda: "示例" in window.text("body") and re.search(r"已读入\d\d条实绩", window.text("body")))


def test_bad_and_large_uploads_are_refused(window: Window, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('id = "bad"\n[levers]\nreal_grwth = 5\n', encoding="utf-8")
    window.upload(".toml", bad)
    assert "real_growth" in window.wait(lambda: " ".join(one.text for one in window.all(".hj-message [role=alert]")))
    large = tmp_path / "large.toml"
    large.write_text("# " + "x" * 70_000, encoding="utf-8")
    window.upload(".toml", large)
    assert "64KB" in window.wait(lambda: window.one("#hj-lost").text)


def test_good_scenario_is_uploaded_and_its_report_opens(window: Window, saved: Path, tmp_path: Path) -> None:
    good = tmp_path / "mine.toml"
    good.write_text(
        'id = "mine"\ntitle = { zh = "我的情景" }\nextends = "trend"\n[levers]\nshock = { "2022" = -3 }\n',
        encoding="utf-8",
    )
    window.upload(".toml", good)
    window.wait(lambda: "已读入情景“我的情景”" in window.text("body"))
    gdp = re.search(r"([\d.]+)亿元（现价）", window.text(".hj-key"))
    assert gdp
    window.press(window.button("生成报告"))
    links = window.wait(lambda: window.all(".hj-links a.hj-save"), 60.0)
    files = {str(one.get_attribute("download")).rpartition(".")[2]: _download(window, saved, one) for one in links}
    assert sorted(files) == ["docx", "html", "pdf", "xlsx"]
    assert files["pdf"].startswith(b"%PDF") and gdp[1] in files["html"].decode()
    for form, part in (("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml")):
        with zipfile.ZipFile(io.BytesIO(files[form])) as opened:
            assert opened.testzip() is None and part in opened.namelist()
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as opened:
        assert gdp[1] in opened.read("word/document.xml").decode()


_NAME = """
const e = document.activeElement, label = e.id && document.querySelector('label[for="' + e.id + '"]');
return [e.tagName, (e.getAttribute('aria-label') || (label && label.textContent) ||
        (e.closest('label') || e).textContent || e.title || '').trim(),
        getComputedStyle(e).outlineStyle, e.getAttribute('role') || '', e.offsetParent !== null];
"""


def test_everything_can_be_reached_and_used_with_the_keyboard_alone(window: Window, driver: webdriver.Chrome) -> None:
    driver.refresh()
    window.wait(lambda: window.all(".hj-key dd") and window.all(".noUi-handle[aria-label]"))
    stops: list[tuple[str, str, str, str]] = []
    slid = False
    for _ in range(90):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        tag, name, outline, role, _seen = driver.execute_script(_NAME)
        if tag == "BODY":
            break
        stops.append((tag, name, outline, role))
        if role == "slider" and not slid:
            slid = True
            before = window.text(".hj-key")
            driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT * 5)
            window.wait(lambda before=before: window.text(".hj-key") != before)
    names = " ".join(name for _, name, _, _ in stops)
    for word in (
        "English",
        "情景",
        "实际增速",
        "还原",
        "图",
        "展开审查意见",
        "评估",
        "生成报告",
        "保存情景文件",
        "上传情景文件",
    ):
        assert word in names, word
    assert [stop for stop in stops if not stop[1]] == [], "something that has the focus has no name"
    assert [stop for stop in stops if stop[2] == "none"] == [], "something that has the focus does not show it"
    assert slid


def test_phone_shows_one_column_and_never_scrolls_sideways(window: Window, driver: webdriver.Chrome) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    window.wait(lambda: driver.execute_script("return document.documentElement.clientWidth") == 390)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 390
    left, right = window.one(".hj-left").rect, window.one(".hj-right").rect
    assert right["y"] >= left["y"] + left["height"] - 1 and left["width"] > 330
    window.set_number("地区生产总值实际增速", "5")
    window.wait(lambda: "2025年" in window.text(".hj-key") and "比“惯性发展”低" in window.text(".hj-key"))
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_lost_connection_is_told(window: Window, server: Server) -> None:
    """Last: it ends the server."""
    os.kill(server.process.pid, 15)
    assert "刷新" in window.wait(lambda: window.one("#hj-lost").text)
