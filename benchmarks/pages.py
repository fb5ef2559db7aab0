"""How soon each page can be used in a real browser, with 100,000 leads in the database. Prints one line of JSON.

Every page that links lead to (of pages that differ by an id alone, one), each opened by a browser that has seen
nothing of Galena yet, and once more. In milliseconds from the click: until something is seen (first contentful paint),
until it can be used (the document and its scripts are there and no task of more than 50 ms blocks it), and how many
kilobytes came.

    .venv/bin/python benchmarks/pages.py [--leads 100000] [--home FOLDER]
"""

import argparse
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright
from served import served

SETTLES_MS = 600
AIM_MS = 1_000
_ID = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}")
_LINKS = """all => all
    .filter(each => !each.hasAttribute('download') && each.target !== '_blank')
    .map(each => each.getAttribute('href').split(/[?#]/)[0])"""
_NO_PAGE = re.compile(r"\.\w+$|^/(static|api|sign-out|export)|/(export|file|download)$")
_WATCH = """
    window.longTasks = [];
    new PerformanceObserver(list => {
        for (const each of list.getEntries()) window.longTasks.push([each.startTime, each.duration]);
    }).observe({type: 'longtask', buffered: true});
"""
_READ = """() => {
    const went = performance.getEntriesByType('navigation')[0];
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    const came = [went, ...performance.getEntriesByType('resource')];
    const ready = went.domContentLoadedEventEnd;
    const blocking = window.longTasks.filter(([start]) => start < Math.max(ready, went.loadEventEnd) + 300);
    return {
        answer_ms: went.responseStart,
        seen_ms: paint ? paint.startTime : null,
        usable_ms: Math.max(ready, ...blocking.map(([start, lasted]) => start + lasted)),
        longest_task_ms: Math.max(0, ...window.longTasks.map(([, lasted]) => lasted)),
        kb: came.reduce((sum, each) => sum + each.transferSize, 0) / 1024,
    };
}"""


def main() -> None:
    """Measure and print."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--leads", type=int, default=100_000)
    wanted.add_argument("--home", type=Path)
    options = wanted.parse_args()
    with served(options.home, options.leads) as server, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        found = measured(browser, server.sign_in, f"http://127.0.0.1:{server.port}")
        browser.close()
    print(json.dumps(found))


def measured(browser: Browser, link: str, address: str) -> dict[str, Any]:
    """Every page, first and again."""
    signed_in = browser.new_context()
    page = signed_in.new_page()
    page.goto(link)
    cookies = signed_in.storage_state()
    pages: dict[str, Any] = {}
    paths = {"/": "/", "/leads": "/leads"}
    while shape := next((each for each in paths if each not in pages), None):
        with browser.new_context(storage_state=cookies) as fresh:
            first, links = _opened(fresh, address + paths[shape])
            again, _ = _opened(fresh, address + paths[shape])
        pages[shape] = {"first": first, "again": again}
        print(json.dumps({shape: pages[shape]}), file=sys.stderr, flush=True)
        for each in links:
            if not _NO_PAGE.search(each):
                paths.setdefault(_ID.sub("/{id}", each), each)
    slow = [shape for shape, seen in pages.items() if seen["first"]["usable_ms"] > AIM_MS]
    return {"load": os.getloadavg()[0], "pages": pages, "slower_than_a_second": slow}


def _opened(context: BrowserContext, address: str) -> tuple[dict[str, Any], list[str]]:
    page = context.new_page()
    page.add_init_script(_WATCH)
    page.goto(address, wait_until="load")
    page.wait_for_timeout(SETTLES_MS)
    seen = page.evaluate(_READ)
    links = page.eval_on_selector_all("a[href^='/']", _LINKS)
    page.close()
    return {name: None if value is None else round(value) for name, value in seen.items()}, links


if __name__ == "__main__":
    main()
