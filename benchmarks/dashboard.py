"""The dashboard in headless Chromium, printed as JSON: needs chromium, chromedriver and the extra dev.

Seconds from the command to the first number on the page, milliseconds from a lever's change to new figures, alone and
with ten browsers at once, each with a value of its own whose number is checked against `project()`; and the memory
that the server and its kernels hold together. `python benchmarks/dashboard.py [BROWSERS]`.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
from selenium import webdriver

from hjforecast import Scenario, load_plan, project

FIRST = "return Boolean(document.querySelector('.hj-key dd') && document.querySelector('.hj-number input'))"
SET = """
const done = arguments[1], box = document.querySelector('.hj-number input'), key = document.querySelector('.hj-key');
const began = performance.now(), before = document.querySelector('.hj-right figure').innerHTML;
const look = new MutationObserver(() => {
  if (document.querySelector('.hj-right figure').innerHTML !== before) {
    look.disconnect(); requestAnimationFrame(() => done([performance.now() - began, key.textContent]));
  }
});
look.observe(document.body, {childList: true, subtree: true, characterData: true});
box.value = arguments[0]; box.dispatchEvent(new Event('input', {bubbles: true})); box.dispatchEvent(new Event('change', {bubbles: true}));
"""


def browser() -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(word)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    driver.set_script_timeout(60)
    return driver


def served() -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "hjforecast", "dashboard", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    return process, process.stdout.readline().strip()


def opened(driver: webdriver.Chrome, url: str) -> float:
    """Seconds until the page shows its first number."""
    began = time.perf_counter()
    driver.get(url)
    while not driver.execute_script(FIRST):
        time.sleep(0.02)
    return time.perf_counter() - began


def moved(driver: webdriver.Chrome, growth: float) -> tuple[float, str]:
    """Milliseconds from the lever's change to the new figure, and what the page then says."""
    took, said = driver.execute_async_script(SET, f"{growth:g}")
    return took, said


def right(plan: object, growth: float, said: str) -> bool:
    run = project(plan, Scenario("x", {"real_growth": {"2021-2025": growth}}, extends="trend"))
    return f"{run.value('gdp', 2025):.2f}" in said


def memory_mb(process: subprocess.Popen[str]) -> float:
    """Memory of the server and all its processes, what they share counted once."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    return sum(one.memory_full_info().pss for one in family) / 2**20


def main() -> None:
    count, plan = int(sys.argv[1]) if len(sys.argv) > 1 else 10, load_plan()
    drivers = [browser() for _ in range(count)]
    began = time.perf_counter()
    process, url = served()
    address = time.perf_counter() - began
    try:
        opened(drivers[0], url)
        first = time.perf_counter() - began
        again = opened(drivers[0], url)
        alone = [moved(drivers[0], 6.0 + step / 10)[0] for step in range(15)]
        with ThreadPoolExecutor(count) as pool:
            together = list(pool.map(lambda one: opened(one, url), drivers))
            growths = [5.0 + at / 10 for at in range(count)]
            all_moved = list(pool.map(moved, drivers, growths))
        found = {
            "cores": os.cpu_count(),
            "command_to_address_s": round(address, 2),
            "command_to_first_number_s": round(first, 2),
            "second_visit_s": round(again, 2),
            "lever_to_figures_ms": {"median": round(statistics.median(alone)), "worst": round(max(alone))},
            "browsers": count,
            "first_number_together_s": {
                "median": round(statistics.median(together), 2),
                "worst": round(max(together), 2),
            },
            "lever_together_ms": {
                "median": round(statistics.median(took for took, _ in all_moved)),
                "worst": round(max(took for took, _ in all_moved)),
            },
            "all_correct": all(right(plan, growth, said) for growth, (_, said) in zip(growths, all_moved, strict=True)),
            "memory_mb": round(memory_mb(process)),
        }
        print(json.dumps(found, indent=1))
    finally:
        process.terminate()
        process.wait(20)
        for one in drivers:
            one.quit()


if __name__ == "__main__":
    main()
