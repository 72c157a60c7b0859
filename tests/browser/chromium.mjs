/** Debian's Chromium, and what every scenario of the shop is checked for besides: errors on the page, and axe's rules. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const folder = process.env.SCREENSHOTS;
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };

export const openBrowser = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--headless=new", "--no-sandbox"],
  });

/** A browser of its own, as a person has one. What goes wrong on its pages is added to `errors`. */
export async function openContext(browser, errors, { isDark = false, isNarrow = false, hasGpc = false } = {}) {
  const context = await browser.newContext({
    viewport: isNarrow ? NARROW : WIDE,
    colorScheme: isDark ? "dark" : "light",
    reducedMotion: "reduce",
    extraHTTPHeaders: hasGpc ? { "Sec-GPC": "1" } : {},
  });
  context.setDefaultTimeout(15000);
  if (hasGpc)
    await context.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
  context.on("page", (page) => {
    page.on("pageerror", (error) => errors.push(`${page.url()}: ${error.message}`));
    // A visitor whom nobody knows yet is answered with 404, and prices that make no sense with 422, as they should be;
    // and a scenario cuts the network.
    page.on(
      "console",
      (message) =>
        message.type() == "error" && !/404|422|net::ERR_(FAILED|INTERNET_DISCONNECTED)/.test(message.text()) && errors.push(`${page.url()}: ${message.text()}`),
    );
  });
  return context;
}

/** Poll until it holds: what is awaited comes by the network. */
export async function until(what, check) {
  const end = Date.now() + 15000;
  for (;;) {
    const found = await check();
    if (found) return found;
    assert.ok(Date.now() < end, `waited in vain until ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** A page in dark differs in its colours, and a narrow one in its layout: to judge the rest again takes seconds a page. */
export const ALL = {};
export const COLOURS = { runOnly: ["color-contrast"] };
export const LAYOUT = { rules: { "color-contrast": { enabled: false } } };

/** Rules of axe that the page breaks seriously, in words. */
export async function findBarriers(page, rules = ALL) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const { violations } = await page.evaluate((given) => globalThis.axe.run({ resultTypes: ["violations"], ...given }), rules);
  return violations
    .filter(({ impact }) => impact == "serious" || impact == "critical")
    .map(({ id, nodes }) => `${new URL(page.url()).pathname}: ${id}: ${nodes[0].html.slice(0, 160)}`);
}

/** Keep a picture of the page, where a folder for them is named. */
export async function photograph(page, name, options = {}) {
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/shop-${name}.png`, ...options });
}
