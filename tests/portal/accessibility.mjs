// What axe-core finds wrong with a page, in both colour schemes, and whether it fits a narrow screen.

import assert from "node:assert/strict";

import axe from "axe-core";

import { NARROW, WIDE } from "./browser.mjs";

const GRAVE = ["serious", "critical", "moderate"];

// Fails with a line for each thing that is wrong.
export async function assertAccessible(visitor) {
  const { page } = visitor;
  for (const scheme of ["light", "dark"]) {
    // Without motion, so that no colour is on its way to another.
    await page.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: scheme },
      { name: "prefers-reduced-motion", value: "reduce" },
    ]);
    const found = await violations(page);
    const grave = found.filter(({ impact }) => GRAVE.includes(impact));
    const lines = grave.map(({ id, impact, help, places }) => `${impact} ${id}: ${help}: ${places.join(" | ")}`);
    assert.deepEqual(lines, [], `${page.url()} in the ${scheme} scheme`);
  }
  await page.emulateMediaFeatures([]);
  await assertFitsNarrowScreen(page);
}

async function violations(page) {
  // The policy of the page lets no script in but its own; this one comes in by the debugger.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    const places = ({ nodes }) => nodes.map(({ target, failureSummary }) => `${target.join(" ")} (${failureSummary})`);
    return violations.map((violation) => ({
      id: violation.id,
      impact: violation.impact,
      help: violation.help,
      places: places(violation),
    }));
  });
}

// WCAG 2.2, 1.4.10: at 320 pixels nothing is read by scrolling to the side, but in tables that scroll by themselves.
async function assertFitsNarrowScreen(page) {
  await page.setViewport(NARROW);
  const [width, room] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.scrollingElement;
    return [scrollWidth, clientWidth];
  });
  await page.setViewport(WIDE);
  assert.ok(width <= room, `${page.url()} is ${width} pixels wide where there are ${room}`);
}
