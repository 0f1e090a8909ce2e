"""JupyterLab in a headless Chromium: run the exploration notebook, press a slider's key, wait for the new picture."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "explore.ipynb"
KEYS = 15
_SCROLL = "var n=document.querySelector('.jp-WindowedPanel-outer');n.scrollTop=arguments[0]"
_WATCH = (
    "window.news=[];window.key=0;var p=document.querySelector('.hj-explore .hj-picture');"
    "if(!window.eye){window.eye=new MutationObserver(()=>window.news.push(performance.now()));"
    "window.eye.observe(p,{attributes:true,attributeFilter:['src']});}"
    "document.addEventListener('keydown',()=>{window.key=performance.now()},{once:true,capture:true})"
)


@contextmanager
def lab(folder: Path) -> Iterator[str]:
    """Serve a folder with JupyterLab; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        f"--port={port}",
        "--no-browser",
        "--allow-root",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={folder}",
    ]
    command = [sys.executable, "-m", "jupyterlab", *options, "--LabApp.news_url="]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        wait(lambda: answers(f"{address}/api"))
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def answers(address: str) -> bool:
    """Whether a server answers."""
    try:
        return bool(urllib.request.urlopen(address).status == 200)
    except OSError:
        return False


def wait(condition: Any, seconds: float = 90.0) -> Any:
    """Return what a condition gives once it gives anything."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise TimeoutError


@contextmanager
def browser() -> Iterator[Any]:
    """Yield a headless Chromium."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1400,1500"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def run_all(driver: Any, address: str) -> None:
    """Open the notebook, run all its cells, and bring the sliders into view."""
    from selenium.webdriver.common.by import By

    driver.get(f"{address}/lab/tree/{NOTEBOOK.name}")
    wait(lambda: driver.find_elements(By.CSS_SELECTOR, ".jp-Notebook .jp-CodeCell"))
    time.sleep(4)
    driver.find_element(By.CSS_SELECTOR, ".jp-Notebook .jp-CodeCell .jp-InputArea-editor").click()
    named(driver, ".lm-MenuBar-itemLabel", "Run").click()
    wait(lambda: named(driver, ".lm-Menu-itemLabel", "Run All Cells")).click()
    for place in range(0, 60_000, 300):
        driver.execute_script(_SCROLL, place)
        time.sleep(0.2)
        if found := driver.find_elements(By.CSS_SELECTOR, ".hj-explore .hj-picture"):
            driver.execute_script("arguments[0].scrollIntoView({block:'center'})", found[0])
            time.sleep(5)
            return
    raise TimeoutError


def named(driver: Any, selector: str, text: str) -> Any:
    """Return the element with this text, None where there is none."""
    from selenium.webdriver.common.by import By

    return next((one for one in driver.find_elements(By.CSS_SELECTOR, selector) if one.text.strip() == text), None)


def key_to_picture() -> dict[str, object]:
    """Return median and least milliseconds from a key on the first slider to its new picture."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    times = []
    with TemporaryDirectory() as folder:
        shutil.copy(NOTEBOOK, folder)
        with lab(Path(folder)) as address, browser() as driver:
            run_all(driver, address)
            driver.find_element(By.CSS_SELECTOR, ".hj-explore .noUi-handle").click()
            for _ in range(KEYS):
                driver.execute_script(_WATCH)
                ActionChains(driver).send_keys(Keys.ARROW_RIGHT).perform()
                pressed, news = wait(
                    lambda: (lambda seen: seen[1] and seen)(driver.execute_script("return [key,news]"))
                )
                times.append(news[0] - pressed)
                time.sleep(0.4)  # until everything else has been sent
    return {
        "browser_key_to_picture_ms": round(median(times), 1),
        "browser_least_ms": round(min(times), 1),
        "keys": KEYS,
    }
