// Debian's Chromium, and a window for each person.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
  '--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage',
];

const executablePath = process.env.GANDAN_CHROMIUM ?? '/usr/bin/chromium';

/** How a window is: of a person in Vietnam, and at rest, for pictures and measures. */
const looks = ({ js = true, width = 1280, height = 1024, ...options } = {}) => ({
  javaScriptEnabled: js, viewport: { width, height }, locale: 'vi-VN', timezoneId: 'Asia/Ho_Chi_Minh',
  reducedMotion: 'reduce', ...options,
});

/** A browser that nobody sees. */
export function launch() {
  return chromium.launch({ executablePath, args: ARGS });
}

/**
 * The one window of a browser that stands on a display. It never asks whether to translate a page:
 * a screen reader drops what it reads to say so.
 */
export async function standing(folder, args, options) {
  mkdirSync(join(folder, 'Default'), { recursive: true });
  writeFileSync(join(folder, 'Default/Preferences'), JSON.stringify({ translate: { enabled: false } }));
  const context = await chromium.launchPersistentContext(folder, { headless: false, executablePath, args: [...ARGS, ...args], ...looks(options) });
  return watched(context.pages()[0]);
}

/** A window of 1280 × 1024 whose person has cookies of their own. */
export async function window(browser, options = {}) {
  const context = await browser.newContext(looks(options));
  return watched(await context.newPage(), options.js);
}

function watched(page, js = true) {
  page.context().setDefaultTimeout(20_000);
  // A script error is a bug of ours even if nobody sees it.
  page.js = js;
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(`script error: ${error.message}`));
  page.on('console', (message) => { if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text())) page.complaints.push(message.text()); });
  return page;
}

/**
 * The page to hold against the checks. Where JavaScript is off no timer runs, and axe needs them: the
 * page as it stands is shown again in a window where scripts may run, and none of ours does.
 */
export async function checkable(page) {
  if (page.js !== false) return page;
  if (!page.mirror) {
    const context = await page.context().browser().newContext({ viewport: page.viewportSize(), locale: 'vi-VN', reducedMotion: 'reduce' });
    page.mirror = await context.newPage();
    page.context().once('close', () => context.close().catch(() => {}));
    await page.mirror.route('**/*', (route) => {
      const request = route.request();
      if (request.resourceType() === 'document') return route.fulfill({ contentType: 'text/html; charset=utf-8', body: page.html });
      return request.resourceType() === 'script' ? route.abort() : route.continue();
    });
  }
  page.html = await page.content();
  await page.mirror.goto(page.url());
  return page.mirror;
}

/** A photo of a paper: invented, and no two alike. */
export async function photo(browser, words = 'THỬ NGHIỆM') {
  const page = await browser.newPage({ viewport: { width: 480, height: 320 } });
  await page.setContent(`<body style="font:32px sans-serif;background:#eed"><p>${words}<p>${crypto.randomUUID()}`);
  const buffer = await page.screenshot({ type: 'jpeg', quality: 60 });
  await page.close();
  return { name: 'giay-chung-sinh.jpg', mimeType: 'image/jpeg', buffer };
}
